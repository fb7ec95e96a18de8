import type { RecordSemantics } from '../../regions/model.ts'
import type { UsageRecord } from './record.ts'

/** Length first, so that no two lists of texts have one form: `('a', 'bc')` and `('ab', 'c')` differ. */
const prefixed = (text: string | null): string => (text === null ? '-' : `${text.length}:${text}`)

const dash = '-'.charCodeAt(0)
const digits = Buffer.from('0123456789abcdef', 'latin1')
/** Where each of the 16 bytes stands in the text of a UUID (RFC 9562 section 4). */
const places = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const
const digest = new Uint8Array(32)
const written = Buffer.alloc(36, dash)

/**
 * 16 bytes of SHA-256 as UUID text. Written digit by digit into one piece: a text put together from parts is put together
 * again by everybody who looks a record up by it, twice for each of millions.
 */
export function halfSha256(texts: readonly (string | null)[]): string {
  let form = ''
  for (const text of texts) form += prefixed(text)
  return halfDigest(form)
}

function halfDigest(form: string): string {
  Bun.SHA256.hash(form, digest)
  for (let index = 0; index < places.length; index += 1) {
    const place = places[index] ?? 0
    const byte = digest[index] ?? 0
    written[place] = digits[byte >> 4] ?? 0
    written[place + 1] = digits[byte & 15] ?? 0
  }
  return written.toString('latin1')
}

/** Who a record is: its source and the id it has there, as 16 bytes of SHA-256 in UUID text. */
export const recordKey = (source: string, id: string): string => halfSha256([source, id])

/** A value of a unique count: 16 bytes of SHA-256 over its text alone, so that the database can say it too. */
export const valueKey = (value: string): string => halfDigest(value)

/** What a record says, apart from who it is: equal for equal content in any notation, as `recordKey` in UUID text. */
export function recordHash({
  subscription,
  meter,
  sku,
  start,
  end,
  quantity,
  unit,
  resource,
  dimensions,
}: UsageRecord) {
  return halfSha256(withDimensions([subscription, meter, sku, start, end, quantity, unit, resource], dimensions))
}

/** By code units, the order of no language: an object that went through a database comes back in another order. */
function withDimensions(texts: (string | null)[], dimensions: UsageRecord['dimensions']): (string | null)[] {
  for (const name of Object.keys(dimensions).sort()) texts.push(name, dimensions[name] ?? null)
  return texts
}

const hourLength = '2024-09-01T00'.length

/**
 * Key and hash of a record. An event is known by its id. Where a record is all that a resource used in a UTC hour, or in its
 * interval, that is what it is known by, and its id only names it: there is one per source, subscription, meter or SKU,
 * resource, dimensions and time. What is below zero takes back, in any source: an event.
 */
export function identityOf(source: string, semantics: RecordSemantics, record: UsageRecord) {
  if (semantics === 'event' || record.quantity.startsWith('-'))
    return { key: recordKey(source, record.id), hash: recordHash(record) }
  const { subscription, meter, sku, resource, dimensions } = record
  const { start, end } = semantics === 'total' ? record : { start: record.start.slice(0, hourLength), end: '' }
  const about = [source, semantics, subscription, meter, sku, resource, start, end]
  return { key: halfSha256(withDimensions(about, dimensions)), hash: recordHash({ ...record, start, end }) }
}
