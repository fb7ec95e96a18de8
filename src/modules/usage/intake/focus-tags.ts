import { maxDimensionKeyLength, maxDimensionValueLength, maxDimensions } from './limits.ts'

/** The tags of a row that fit into a record's dimensions, and how many did not. */
type FocusTags = { readonly dimensions: Readonly<Record<string, string>>; readonly dropped: number }

/** Places kept for what the adapter itself says about a row, under keys that start with `focus.`. */
const reservedDimensions = 4

/** A tag's value as text; FOCUS has true stand for a tag without a value. Undefined for a nested value. */
const valueText = (value: unknown): string | undefined => {
  if (value === null) return ''
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
}

/**
 * Reads the Tags column, a JSON object, as dimensions `tag.<key>`; undefined when it is something else. Tags describe and
 * do not price, so what is too long, nested or too many is left out, in the order of the keys, and counted.
 */
export function focusTags(column: string | undefined): FocusTags | undefined {
  if (column === undefined) return { dimensions: {}, dropped: 0 }
  const tags = parsedObject(column)
  if (!tags) return undefined
  const fitting: [string, string][] = []
  const names = Object.keys(tags).sort()
  for (const name of names) {
    const key = `tag.${name}`
    const text = valueText(tags[name])
    if (text === undefined || key.length > maxDimensionKeyLength || text.length > maxDimensionValueLength) continue
    if (fitting.length < maxDimensions - reservedDimensions) fitting.push([key, text])
  }
  return { dimensions: Object.fromEntries(fitting), dropped: names.length - fitting.length }
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
