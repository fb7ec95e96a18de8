import { setImmediate } from 'node:timers/promises'
import { type CsvHeader, type CsvRow, ownRecord, readCsvHeader, readCsvRows } from './csv.ts'
import { decodeBody, type SentBody } from './decode.ts'
import { batchEmpty, tooManyRecords, typeMismatch } from './errors.ts'
import { fault, type RejectedRecord } from './faults.ts'
import { readFocusRow } from './focus.ts'
import { type RawRecord, readJsonArray, readNdjson } from './json.ts'
import { maxRecords } from './limits.ts'
import { readRecord, type UsageRecord, type Window, windowAt } from './record.ts'
import { looksLikeJsonArray, looksLikeNdjson } from './sniff.ts'

/** A batch whose envelope is sound: every record sent is in `records` or in `rejected`, by its index in the batch. */
export type ParsedBatch = {
  readonly format: 'json' | 'ndjson' | 'csv' | 'focus'
  readonly records: readonly UsageRecord[]
  readonly rejected: readonly RejectedRecord[]
  readonly sent: number
}

type Outcome = UsageRecord | RejectedRecord

/** The records that are checked before the event loop gets its turn. */
const turnRecords = 1_000

/**
 * Unpacks and checks a batch of usage, giving way to other work on the way. Pure but for that: the same body and `now`
 * give the same result, so a worker may do again what the API did.
 * @throws DomainError for every fault of the envelope: 400, 413, 415 or 422, codes `usage.*` and `csv.*`.
 */
export async function parseBatch(input: SentBody & { readonly now: Date }): Promise<ParsedBatch> {
  const { format, bytes } = await decodeBody(input)
  const window = windowAt(input.now)
  if (format === 'csv') return parseCsv(bytes, window)
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const outcomes = checked(format === 'json' ? readJsonArray(text) : readNdjson(text), window)
  return { format, ...(await collected(outcomes)) }
}

function* checked(raws: Iterable<RawRecord>, window: Window): Generator<Outcome> {
  let index = 0
  for (const raw of raws) {
    yield 'code' in raw ? { index, faults: [fault(raw.code, index)] } : readRecord(raw.value, index, window)
    index += 1
  }
}

async function parseCsv(bytes: Uint8Array, window: Window): Promise<ParsedBatch> {
  if (isJson(bytes)) throw typeMismatch()
  const rows = readCsvRows(bytes)
  const first = await rows.next()
  if (first.done) throw batchEmpty()
  const header = readCsvHeader(first.value)
  return { format: header.format, ...(await collectedRows(checkedRows(rows, header, window))) }
}

/** Only a body that begins with a bracket is looked at as a whole: no header of CSV does. */
function isJson(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder()
  if (!/^\s*[[{]/.test(decoder.decode(bytes.subarray(0, 1024)))) return false
  const text = decoder.decode(bytes)
  return looksLikeJsonArray(text) || looksLikeNdjson(text)
}

async function* checkedRows(rows: AsyncIterable<CsvRow>, header: CsvHeader, window: Window): AsyncGenerator<Outcome> {
  let index = 0
  for await (const row of rows) {
    yield checkedRow(row, index, header, window)
    index += 1
  }
}

function checkedRow(row: CsvRow, index: number, header: CsvHeader, window: Window): Outcome {
  if (row.length !== header.places.size) return { index, faults: [fault('csv.ragged', index)] }
  if (header.format === 'csv') return readRecord(ownRecord(header, row), index, window)
  const cellOf = (column: string): string | undefined => {
    const cell = row[header.places.get(column) ?? -1]
    return cell === '' || cell === 'NULL' ? undefined : cell
  }
  return readFocusRow(cellOf, index, window)
}

type Collection = Omit<ParsedBatch, 'format'>

/** Sorts outcomes one by one; `add` answers how many there are. */
function openCollection() {
  const records: UsageRecord[] = []
  const rejected: RejectedRecord[] = []
  let sent = 0
  const add = (outcome: Outcome): number => {
    sent += 1
    if (sent > maxRecords) throw tooManyRecords()
    if ('faults' in outcome) rejected.push(outcome)
    else records.push(outcome)
    return sent
  }
  const end = (): Collection => {
    if (sent === 0) throw batchEmpty()
    return { records, rejected, sent }
  }
  return { add, end }
}

async function collected(outcomes: Iterable<Outcome>): Promise<Collection> {
  const collection = openCollection()
  for (const outcome of outcomes) if (collection.add(outcome) % turnRecords === 0) await setImmediate()
  return collection.end()
}

async function collectedRows(outcomes: AsyncIterable<Outcome>): Promise<Collection> {
  const collection = openCollection()
  for await (const outcome of outcomes) if (collection.add(outcome) % turnRecords === 0) await setImmediate()
  return collection.end()
}
