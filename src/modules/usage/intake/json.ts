import { notAnArray, notJson, typeMismatch } from './errors.ts'
import type { FaultCode } from './faults.ts'
import { maxRecordCharacters } from './limits.ts'
import { looksLikeCsv, looksLikeJsonArray, looksLikeNdjson } from './sniff.ts'

/** One record as sent, parsed but not checked, or the fault that kept it from being parsed. */
export type RawRecord = { readonly value: unknown } | { readonly code: FaultCode }

/**
 * The elements of a JSON array, one by one. Each is cut out first and parsed alone: a body of ten million tiny values
 * never stands in memory at once, and the reader of the records can stop at any of them.
 * @throws DomainError `usage.unparsable` (400) with the pointer of the element, `usage.not_an_array` (422),
 * `usage.type_mismatch` (415).
 */
export function* readJsonArray(text: string): Generator<RawRecord> {
  let at = skipSpace(text, 0)
  if (text[at] !== '[') throw notAnArrayOf(text)
  at = skipSpace(text, at + 1)
  if (text[at] === ']') return endOfArray(text, at, 0)
  for (let index = 0; ; index += 1) {
    const end = elementEnd(text, at)
    if (end === undefined) throw notJson(`/${index}`, `element ${index}`)
    yield parsed(text.slice(at, end), `/${index}`, `element ${index}`)
    if (text[end] === ']') return endOfArray(text, end, index + 1)
    at = end + 1
  }
}

/**
 * The lines of NDJSON; lines of nothing but spaces are skipped.
 * @throws DomainError `usage.unparsable` (400) with the record's pointer and the line's number, `usage.type_mismatch` (415).
 */
export function* readNdjson(text: string): Generator<RawRecord> {
  if (looksLikeJsonArray(text) || looksLikeCsv(text)) throw typeMismatch()
  let index = 0
  let lineNumber = 0
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const end = newline === -1 ? text.length : newline
    const line = text.slice(at, end)
    lineNumber += 1
    at = end + 1
    if (line.trim() === '') continue
    yield parsed(line, `/${index}`, `line ${lineNumber}`)
    index += 1
  }
}

function parsed(text: string, pointer: string, where: string): RawRecord {
  if (text.length > maxRecordCharacters) return { code: 'record.too_long' }
  try {
    return { value: JSON.parse(text) }
  } catch {
    throw notJson(pointer, where)
  }
}

/** Where the element that starts at `from` ends: at the comma or bracket behind it; undefined if the text ends before. */
function elementEnd(text: string, from: number): number | undefined {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    const character = text.charCodeAt(at)
    if (character === quote) {
      at = closingQuote(text, at + 1)
      if (at === -1) return undefined
    } else if (character === openBrace || character === openBracket) depth += 1
    else if (character === closeBrace || character === closeBracket) {
      if (depth === 0) return character === closeBracket ? at : undefined
      depth -= 1
    } else if (character === comma && depth === 0) return at
  }
  return undefined
}

function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text.charCodeAt(at - 1 - backslashes) === backslash) backslashes += 1
    if (backslashes % 2 === 0) return at
  }
  return -1
}

function endOfArray(text: string, at: number, index: number): void {
  if (skipSpace(text, at + 1) < text.length) throw notJson(`/${index}`, 'what follows the array')
}

/** Where JSON's own white space (RFC 8259 section 2) ends. */
function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1
  return at
}

function notAnArrayOf(text: string): Error {
  if (looksLikeNdjson(text) || looksLikeCsv(text)) return typeMismatch()
  if (text.length > maxRecordCharacters) return notJson('', 'the body')
  try {
    JSON.parse(text)
    return notAnArray()
  } catch {
    return notJson('', 'the body')
  }
}

const quote = 0x22
const comma = 0x2c
const openBracket = 0x5b
const backslash = 0x5c
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d
