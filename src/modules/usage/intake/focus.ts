import type { Fault } from '../../../platform/errors.ts'
import { type FaultCode, fault, pointerTo, type RejectedRecord } from './faults.ts'
import { chooseQuantity, type FocusQuantity } from './focus-quantity.ts'
import { focusTags } from './focus-tags.ts'
import { halfSha256 } from './identity.ts'
import { parseInstant } from './instant.ts'
import { maxIdLength } from './limits.ts'
import { readRecord, rejected, type UsageRecord, type Window } from './record.ts'
import { textFault } from './text.ts'

/** The value of a column of one FOCUS row: undefined for NULL, for the empty text and for a column that is not there. */
export type FocusRow = (column: string) => string | undefined

/** The columns without which no row of a FOCUS file can be metered. */
export const requiredFocusColumns = [
  'SubAccountId',
  'ChargeCategory',
  'ChargePeriodStart',
  'ChargePeriodEnd',
  'PricingQuantity',
] as const

/** `2024-09-18 23:00:00`, with `T` and zone or without: a FOCUS date without a zone is UTC. */
const focusDate = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2}(?:\.\d{1,9})?)?(?: ?(?:Z|UTC)|([+-]\d{2}:\d{2}))?$/

/**
 * Turns one row of a FOCUS 1.x file into a usage record: the sub-account is the subscription, SkuPriceId or else SkuId
 * the SKU. Rows of another charge category than Usage are refused: they carry money, not quantities.
 */
export function readFocusRow(row: FocusRow, index: number, window: Window): UsageRecord | RejectedRecord {
  const sku = row('SkuPriceId') ?? row('SkuId')
  const start = rfc3339(row('ChargePeriodStart'))
  const end = rfc3339(row('ChargePeriodEnd'))
  const id = row('Id') ?? hashedId(row, sku, start, end)
  const category = row('ChargeCategory')
  if (category !== 'Usage') {
    const code: FaultCode = category === undefined ? 'field.missing' : 'focus.not_usage'
    return rejected(index, textFault(id, maxIdLength) ? '' : id, [fault(code, index, 'ChargeCategory')])
  }
  const { quantity, unit, column, reason } = chooseQuantity(row)
  const tags = focusTags(row('Tags'))
  const dimensions = { ...tags?.dimensions, ...statements(row, column, reason, tags?.dropped ?? 0) }
  const [subscription, resource] = [row('SubAccountId'), row('ResourceId')]
  const read = readRecord({ id, subscription, sku, start, end, quantity, unit, resource, dimensions }, index, window)
  const tagFaults = tags ? [] : [fault('focus.tags_not_json', index, 'Tags')]
  if ('faults' in read)
    return { ...read, faults: [...read.faults.map((found) => inColumns(found, index, column)), ...tagFaults] }
  return tagFaults.length === 0 ? read : rejected(index, read.id, tagFaults)
}

/**
 * The id of a row without one (domain, Usage). A correction of an earlier billing period repeats all these columns of the
 * row it corrects, so it takes its own period in; any other row that repeats them is restated, and a conflict.
 */
function hashedId(row: FocusRow, sku: string | undefined, start: string | undefined, end: string | undefined): string {
  const normal = (text: string | undefined): string | undefined => text && (parseInstant(text)?.text ?? text)
  const what = [row('SubAccountId'), sku, row('ResourceId'), normal(start), normal(end), row('ChargeDescription')]
  const correction =
    row('ChargeClass') === 'Correction' ? ['Correction', normal(rfc3339(row('BillingPeriodStart')))] : []
  return `focus-${halfSha256([...what, ...correction].map((text) => text ?? null))}`
}

/** What the adapter says about the row, for whoever asks later why this quantity. */
function statements(
  row: FocusRow,
  column: FocusQuantity['column'],
  reason: FocusQuantity['reason'],
  tagsDropped: number,
): Record<string, string> {
  const regionId = row('RegionId')
  return {
    'focus.quantity': column,
    'focus.quantityReason': reason,
    ...(regionId === undefined ? {} : { 'focus.regionId': regionId }),
    ...(tagsDropped === 0 ? {} : { 'focus.tagsDropped': String(tagsDropped) }),
  }
}

/** Text that is no FOCUS date stays as it is, so that the record check says what is wrong with it. */
function rfc3339(text: string | undefined): string | undefined {
  const parts = focusDate.exec(text ?? '')
  return parts ? `${parts[1]}T${parts[2]}${parts[3] ?? ':00'}${parts[4] ?? 'Z'}` : text
}

/** The same fault with a pointer to the column of the file instead of the field of our record. */
function inColumns(found: Fault, index: number, quantityColumn: FocusQuantity['column']): Fault {
  const [, , field = '', key] = found.pointer.split('/')
  const columns: Record<string, string> = {
    id: 'Id',
    subscription: 'SubAccountId',
    sku: 'SkuPriceId',
    start: 'ChargePeriodStart',
    end: 'ChargePeriodEnd',
    quantity: quantityColumn,
    unit: quantityColumn === 'PricingQuantity' ? 'PricingUnit' : 'ConsumedUnit',
    resource: 'ResourceId',
    dimensions: key === 'focus.regionId' ? 'RegionId' : 'Tags',
  }
  const column = columns[field]
  return column === undefined ? found : { ...found, pointer: pointerTo(index, column) }
}
