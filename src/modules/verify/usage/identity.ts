import { createHash } from 'node:crypto'
import { decimal, plainText } from '../../../billing/money.ts'

/** What a record said, as far as it is known: instants and quantity in their normal form, `unit` as it was sent. */
export type Said = {
  readonly regionId: string
  readonly recordId: string
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

/** A thing that a record may have been about: a SKU by its code, or a meter of its region with its factor. */
export type Thing =
  | { readonly sku: string; readonly unit: string }
  | { readonly meter: string; readonly unit: string; readonly factor: string }

type Texts = readonly (string | null)[]

/** 16 bytes of SHA-256 over texts, each with its length in code units before it. Computed here without the intake's code. */
function digestOf(texts: Texts): string {
  const form = texts.map((text) => (text === null ? '-' : `${text.length}:${text}`)).join('')
  const hex = createHash('sha256').update(form, 'utf8').digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}

const named = ({ dimensions }: Said): Texts =>
  Object.keys(dimensions)
    .sort()
    .flatMap((name) => [name, dimensions[name] ?? null])

const hourOf = (instant: string): string => instant.slice(0, 'yyyy-mm-ddThh'.length)

/** The key of a record that is known by its own id. */
export const eventKey = ({ regionId, recordId }: Pick<Said, 'regionId' | 'recordId'>): string =>
  digestOf([regionId, recordId])

/** What a record is all of, by its key: of a UTC hour, or of its interval; what takes back is known by its id alone. */
export function wholeOf(said: Said, key: string): 'hour' | 'total' | undefined {
  const { regionId, subscription, meter, sku, start, end, quantity, resource } = said
  if (quantity.startsWith('-')) return undefined
  const keyOf = (semantics: string, from: string, to: string): string =>
    digestOf([regionId, semantics, subscription, meter, sku, resource, from, to, ...named(said)])
  if (keyOf('hour', hourOf(start), '') === key) return 'hour'
  return keyOf('total', start, end) === key ? 'total' : undefined
}

/** The hash of what a record says; where it is all of an hour, of the hour alone. */
export function hashOf(said: Said, semantics: 'event' | 'hour' | 'total'): string {
  const { subscription, meter, sku, quantity, unit, resource } = said
  const [start, end] = semantics === 'hour' ? [hourOf(said.start), ''] : [said.start, said.end]
  return digestOf([subscription, meter, sku, start, end, quantity, unit, resource, ...named(said)])
}

/**
 * What a record of a thing may have said of unit and quantity: a unit that is ours or none; before the factor of its meter
 * the quantity is another one, in a unit that nobody but the source knows.
 */
export function wordings(said: Omit<Said, 'meter' | 'sku' | 'unit'>, thing: Thing): Said[] {
  const about = 'meter' in thing ? { meter: thing.meter, sku: null } : { meter: null, sku: thing.sku }
  const factor = 'meter' in thing ? thing.factor : '1'
  const quantity = factor === '1' ? said.quantity : plainText(decimal(said.quantity).dividedBy(factor))
  return [null, thing.unit].map((unit) => ({ ...said, ...about, quantity, unit }))
}
