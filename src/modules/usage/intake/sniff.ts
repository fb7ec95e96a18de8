import { maxRecordCharacters } from './limits.ts'

/**
 * Guesses for a body that its own format can't make sense of, so that the answer can be "the type is wrong" instead of
 * "line 1 is broken". They decide nothing but which refusal the sender gets.
 */
const isJsonObject = (line: string): boolean => {
  if (!line.startsWith('{') || line.length > maxRecordCharacters) return false
  try {
    JSON.parse(line)
    return true
  } catch {
    return false
  }
}

const firstLine = (text: string): { readonly line: string; readonly rest: string } => {
  const body = text.trimStart()
  const newline = body.indexOf('\n')
  return newline === -1
    ? { line: body.trim(), rest: '' }
    : { line: body.slice(0, newline).trim(), rest: body.slice(newline) }
}

/** True for an array of objects, or an empty one. A line of NDJSON that holds another array is not meant by it. */
export const looksLikeJsonArray = (text: string): boolean => /^\s*\[\s*[{\]]/.test(text) && text.trimEnd().endsWith(']')

/** True for a first line that is a whole JSON object, with more behind it. */
export const looksLikeNdjson = (text: string): boolean => {
  const { line, rest } = firstLine(text)
  return isJsonObject(line) && rest.trim() !== ''
}

/** True for a first line with the column names that every CSV file of usage has. */
export const looksLikeCsv = (text: string): boolean => {
  const names = new Set(
    firstLine(text.slice(0, maxRecordCharacters))
      .line.split(',')
      .map((name) => name.trim().replaceAll('"', '')),
  )
  return ['id', 'quantity'].every((name) => names.has(name)) || names.has('ChargePeriodStart')
}
