import type { UsageRecord } from './record.ts'

/** Length first, so that no two lists of texts have one form: `('a', 'bc')` and `('ab', 'c')` differ. */
const prefixed = (text: string | null): string => (text === null ? '-' : `${text.length}:${text}`)

/** 16 bytes of SHA-256 as UUID text. */
export function halfSha256(texts: readonly (string | null)[]): string {
  let form = ''
  for (const text of texts) form += prefixed(text)
  const hex = Bun.SHA256.hash(form, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}

/** Who a record is: its source and the id it has there, as 16 bytes of SHA-256 in UUID text. */
export const recordKey = (source: string, id: string): string => halfSha256([source, id])

/** What a record says, apart from who it is: equal for equal content in any notation, as `recordKey` in UUID text. */
export function recordHash(record: UsageRecord): string {
  const { subscription, meter, sku, start, end, quantity, unit, resource, dimensions } = record
  // By code units, the order of no language: an object that went through a database comes back in another order.
  const names = Object.keys(dimensions).sort()
  const texts = [subscription, meter, sku, start, end, quantity, unit, resource]
  for (const name of names) texts.push(name, dimensions[name] ?? null)
  return halfSha256(texts)
}
