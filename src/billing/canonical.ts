import { invariant } from './errors.ts'

/** What a document's body may be made of: numbers with a fraction are text, so that no parser can round them. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const textOf = (text: string): string => {
  invariant(text.isWellFormed(), 'canonical text has no lone surrogate')
  return JSON.stringify(text)
}

/**
 * The one JSON text of a value, to be hashed: no blanks, keys sorted by UTF-16 code units, strings escaped minimally
 * (RFC 8785). Fractions, NaN and undefined are a bug of the caller.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return textOf(value)
  if (typeof value === 'number') {
    invariant(Number.isSafeInteger(value), 'canonical numbers are whole')
    return String(value)
  }
  if (typeof value === 'boolean' || value === null) return String(value)
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`
  invariant(typeof value === 'object', 'canonical values are JSON')
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([key, member]) => `${textOf(key)}:${canonicalJson(member)}`).join(',')}}`
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value)
