import type { Fault } from '../../../platform/errors.ts'
import { addFault, fault, type FaultCode, type RejectedRecord } from './faults.ts'
import { type Instant, parseInstant } from './instant.ts'
import {
  maxDimensionKeyLength,
  maxDimensionValueLength,
  maxDimensions,
  maxIdLength,
  maxIntervalDays,
  maxResourceLength,
  maxUnitLength,
} from './limits.ts'
import { readQuantity } from './quantity.ts'
import { isNameable, textFault } from './text.ts'

/** A usage record in its normal form: UTC instants, plain decimal. Exactly one of meter and sku. */
export type UsageRecord = {
  readonly index: number
  readonly id: string
  readonly subscription: string
  readonly meter: string | null
  readonly sku: string | null
  readonly start: string
  readonly end: string
  readonly quantity: string
  readonly unit: string | null
  readonly resource: string | null
  readonly dimensions: Readonly<Record<string, string>>
}

/** The instants that records of a batch may lie between, both included. */
export type Window = { readonly firstMicroseconds: number; readonly lastMicroseconds: number }

const dayMicroseconds = 86_400_000_000

/** From the year 2000 to a day after `now` (domain, Usage). */
export const windowAt = (now: Date): Window => ({
  firstMicroseconds: Date.UTC(2000, 0, 1) * 1000,
  lastMicroseconds: now.getTime() * 1000 + dayMicroseconds,
})

const fields: ReadonlySet<string> = new Set([
  'id',
  'subscription',
  'meter',
  'sku',
  'start',
  'end',
  'quantity',
  'unit',
  'resource',
  'dimensions',
])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One record while it is read: where it stands in the batch, what was sent, what is wrong with it so far. */
type Reading = { readonly index: number; readonly sent: Readonly<Record<string, unknown>>; readonly faults: Fault[] }

/** Checks one record of a batch: its normal form, or all its faults with pointers from the batch (`/17/quantity`). */
export function readRecord(value: unknown, index: number, window: Window): UsageRecord | RejectedRecord {
  if (!isObject(value)) return { index, faults: [fault('record.not_object', index)] }
  const reading: Reading = { index, sent: value, faults: [] }
  checkNames(reading)
  const id = requiredText(reading, 'id')
  const subscription = requiredText(reading, 'subscription')
  const meter = optionalText(reading, 'meter', maxIdLength)
  const sku = optionalText(reading, 'sku', maxIdLength)
  const start = readInstant(reading, 'start', window)
  const end = readInstant(reading, 'end', window)
  if (start && end) checkInterval(reading, start, end)
  const quantity = readQuantityField(reading)
  const unit = optionalText(reading, 'unit', maxUnitLength)
  const resource = optionalText(reading, 'resource', maxResourceLength)
  const dimensions = readDimensions(reading)
  if (reading.faults.length > 0 || !start || !end) return rejected(index, id, reading.faults)
  return { index, id, subscription, meter, sku, start: start.text, end: end.text, quantity, unit, resource, dimensions }
}

/** A refused record, with the sender's id where there is one. */
export const rejected = (index: number, recordId: string, faults: readonly Fault[]): RejectedRecord =>
  recordId === '' ? { index, faults } : { index, recordId, faults }

function checkNames({ sent, index, faults }: Reading): void {
  for (const name of Object.keys(sent))
    if (!fields.has(name)) addFault(faults, 'field.unknown', ...(isNameable(name) ? [index, name] : [index]))
  const hasMeter = sent['meter'] !== undefined
  const hasSku = sent['sku'] !== undefined
  if (hasMeter && hasSku) addFault(faults, 'record.meter_and_sku', index, 'sku')
  if (!hasMeter && !hasSku) addFault(faults, 'record.no_meter_or_sku', index, 'sku')
}

/** Null where nothing was sent, and where a fault was noted: such a record is refused, so nobody reads it. */
function optionalText({ sent, index, faults }: Reading, name: string, maxLength: number): string | null {
  const value = sent[name]
  if (value === undefined) return null
  const code = typeof value === 'string' ? textFault(value, maxLength) : 'field.not_text'
  if (code) addFault(faults, code, index, name)
  return typeof value === 'string' && !code ? value : null
}

function requiredText(reading: Reading, name: string): string {
  if (reading.sent[name] === undefined) addFault(reading.faults, 'field.missing', reading.index, name)
  return optionalText(reading, name, maxIdLength) ?? ''
}

function readInstant({ sent, index, faults }: Reading, name: string, window: Window): Instant | undefined {
  const instant = instantOf(sent[name], window)
  if (typeof instant !== 'string') return instant
  addFault(faults, instant, index, name)
  return undefined
}

function instantOf(value: unknown, window: Window): Instant | FaultCode {
  if (value === undefined) return 'field.missing'
  if (typeof value !== 'string') return 'field.not_text'
  const instant = parseInstant(value)
  if (!instant) return 'instant.malformed'
  if (instant.epochMicroseconds < window.firstMicroseconds) return 'instant.too_early'
  if (instant.epochMicroseconds > window.lastMicroseconds) return 'instant.too_late'
  return instant
}

function checkInterval({ index, faults }: Reading, start: Instant, end: Instant): void {
  const microseconds = end.epochMicroseconds - start.epochMicroseconds
  if (microseconds < 0) addFault(faults, 'interval.reversed', index, 'end')
  if (microseconds > maxIntervalDays * dayMicroseconds) addFault(faults, 'interval.too_long', index, 'end')
}

function readQuantityField({ sent, index, faults }: Reading): string {
  const value = sent['quantity']
  const read = value === undefined ? { code: 'field.missing' as const } : readQuantity(value)
  if ('text' in read) return read.text
  addFault(faults, read.code, index, 'quantity')
  return ''
}

function readDimensions(reading: Reading): Record<string, string> {
  const { index, faults } = reading
  const value = reading.sent['dimensions']
  if (value === undefined) return {}
  if (!isObject(value)) {
    addFault(faults, 'dimensions.not_object', index, 'dimensions')
    return {}
  }
  const entries = Object.entries(value)
  if (entries.length > maxDimensions) {
    addFault(faults, 'dimensions.too_many', index, 'dimensions')
    return {}
  }
  // Built from entries, so that a key named __proto__ is a key like any other.
  return Object.fromEntries(entries.map(([name, text]) => [name, readDimension(reading, name, text)]))
}

function readDimension({ index, faults }: Reading, name: string, value: unknown): string {
  const nameCode = textFault(name, maxDimensionKeyLength)
  const code = typeof value === 'string' ? textFault(value, maxDimensionValueLength, 0) : 'field.not_text'
  const at = isNameable(name) ? [index, 'dimensions', name] : [index, 'dimensions']
  if (nameCode) addFault(faults, nameCode, ...at)
  if (code) addFault(faults, code, ...at)
  return typeof value === 'string' ? value : ''
}
