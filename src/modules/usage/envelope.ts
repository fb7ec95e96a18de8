import { setImmediate } from 'node:timers/promises'
import { readBytes } from '../../platform/body.ts'
import type { Fault } from '../../platform/errors.ts'
import { refusedRecords } from './errors.ts'
import { type LateLimit, partLate } from './ingest/late.ts'
import { type DecodedBody, decodeBody, type SentBody } from './intake/decode.ts'
import { batchEmpty, bodyTooLarge, tooManyRecords } from './intake/errors.ts'
import { parseInstant } from './intake/instant.ts'
import { readJsonArray, readNdjson } from './intake/json.ts'
import { maxBodyBytes, maxRecords } from './intake/limits.ts'
import { type ParsedBatch, parseBatch } from './intake/parse.ts'

/** What is known of a batch when it is accepted. `firstStart` is a lower bound; null: nothing can be said yet. */
type Envelope = {
  readonly format: ParsedBatch['format']
  readonly sent: number
  readonly firstStart: string | null
}

/**
 * The body as it came, at most as long as a call may be; a longer one is refused before it is read where its length is
 * told. @throws DomainError `usage.body_too_large` (413)
 */
export const readBody = (request: Request): Promise<Uint8Array<ArrayBuffer>> =>
  readBytes(request, maxBodyBytes, bodyTooLarge)

/**
 * Looks at the envelope: types, packing, syntax, number of records. What the records say is looked at when the batch is
 * taken in, unless the sender wants all or nothing (`strict`). @throws DomainError for every fault of the envelope (400,
 * 413, 415, 422) and, if strict, 422 that names the records at fault.
 */
export async function inspect(sent: SentBody, how: LateLimit & { strict: boolean }): Promise<Envelope> {
  const decoded = await decodeBody(sent)
  if (decoded.format !== 'csv' && !how.strict) return count(decoded)
  const body = { body: decoded.bytes, contentType: sent.contentType, contentEncoding: null }
  const parsed = await parseBatch({ ...body, now: new Date(how.receivedAt) })
  if (how.strict) refuseFaulty(parsed, how)
  const starts = parsed.records.map(({ start }) => start)
  return { format: parsed.format, sent: parsed.sent, firstStart: leastOf(starts) }
}

const leastOf = (texts: readonly string[]): string | null =>
  texts.reduce<string | null>((least, text) => (least === null || text < least ? text : least), null)

function refuseFaulty(parsed: ParsedBatch, limit: LateLimit): void {
  const { late } = partLate(parsed.records, limit)
  const faults: Fault[] = [...parsed.rejected, ...late].flatMap((record) => record.faults)
  if (faults.length > 0) throw refusedRecords(faults)
}

/** The records that are counted before the event loop gets its turn. */
const turnRecords = 1_000

async function count({ format, bytes }: DecodedBody): Promise<Envelope> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  let sent = 0
  let firstStart: string | null = null
  for (const raw of format === 'json' ? readJsonArray(text) : readNdjson(text)) {
    sent += 1
    if (sent > maxRecords) throw tooManyRecords()
    const start = 'value' in raw ? startOf(raw.value) : undefined
    if (start !== undefined && (firstStart === null || start < firstStart)) firstStart = start
    if (sent % turnRecords === 0) await setImmediate()
  }
  if (sent === 0) throw batchEmpty()
  return {
    format: format === 'json' ? 'json' : 'ndjson',
    sent,
    firstStart: parseInstant(firstStart ?? '')?.text ?? null,
  }
}

const inUtc = /^2\d{3}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z$/

/** The start of a record that nobody has checked yet, where it is an instant that a record may have. */
function startOf(value: unknown): string | undefined {
  const start = typeof value === 'object' && value !== null && 'start' in value ? value.start : undefined
  if (typeof start !== 'string') return undefined
  const text = inUtc.test(start) ? start : parseInstant(start)?.text
  return text !== undefined && text >= '2000' ? text : undefined
}
