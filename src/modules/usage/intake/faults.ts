import type { Fault } from '../../../platform/errors.ts'
import { maxDimensions, maxFaultsPerRecord, maxIntervalDays } from './limits.ts'

/** What one record can do wrong: stable codes with their sentences, which never hold input. */
const sentences = {
  'record.not_object': 'a record must be a JSON object',
  'record.too_long': 'the record is too long',
  'record.no_meter_or_sku': 'names neither a meter nor a SKU',
  'record.meter_and_sku': 'names both a meter and a SKU, which must be one of them',
  'field.unknown': 'is not a field of a usage record',
  'field.missing': 'is required',
  'field.not_text': 'must be text',
  'text.empty': 'must not be empty',
  'text.too_long': 'is too long',
  'text.nul': 'must not hold a NUL character',
  'text.not_unicode': 'must not hold half of a surrogate pair',
  'instant.malformed': 'must be an RFC 3339 date and time with a zone',
  'instant.too_early': 'must not be before the year 2000',
  'instant.too_late': 'must not be more than a day in the future',
  'interval.reversed': 'must not be before the start',
  'interval.too_long': `must be at most ${maxIntervalDays} days after the start`,
  'quantity.not_text': 'must be decimal text, because JSON numbers lose digits',
  'quantity.malformed': 'must be a plain decimal such as 12.5',
  'quantity.too_large': 'must have at most 26 digits before the point',
  'quantity.too_precise': 'must have at most 12 digits after the point',
  'dimensions.not_object': 'must be an object of texts',
  'dimensions.too_many': `must have at most ${maxDimensions} entries`,
  'csv.ragged': 'the row has not as many cells as the header',
  'focus.not_usage': 'only rows of the charge category Usage are metered',
  'focus.tags_not_json': 'must be a JSON object',
} as const

/** The stable code of a record's fault. */
export type FaultCode = keyof typeof sentences

/** Why a record is not taken. `recordId` is there when the sender's own id could be read. */
export type RejectedRecord = { readonly index: number; readonly recordId?: string; readonly faults: readonly Fault[] }

const escaped = (segment: string): string => segment.replaceAll('~', '~0').replaceAll('/', '~1')

/** A JSON pointer (RFC 6901) of the given segments. */
export const pointerTo = (...segments: readonly (string | number)[]): string =>
  segments.map((segment) => `/${escaped(String(segment))}`).join('')

/** One fault with its sentence. */
export const fault = (code: FaultCode, ...segments: readonly (string | number)[]): Fault => ({
  pointer: pointerTo(...segments),
  code,
  message: sentences[code],
})

/** Adds a fault to the list, up to the number that anybody reads. */
export function addFault(faults: Fault[], code: FaultCode, ...segments: readonly (string | number)[]): void {
  if (faults.length < maxFaultsPerRecord) faults.push(fault(code, ...segments))
}
