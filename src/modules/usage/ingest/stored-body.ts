import type { SentBody } from '../intake/decode.ts'
import { encodingOf } from '../intake/inflate.ts'
import type { ParsedBatch } from '../intake/parse.ts'

type Format = ParsedBatch['format']

const mediaTypes: Record<Format, string> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  focus: 'text/csv',
}

/** Fast rather than small: usage repeats itself so much that the first level takes nine tenths away. */
const zstdLevel = 1

/** A body to be kept until its batch is taken in: as it came if it came packed, else packed. */
export const packBody = async (body: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  encodingOf(body) === 'identity' ? new Uint8Array(await Bun.zstdCompress(body, { level: zstdLevel })) : body

/** A kept body as if it was sent. */
export const storedBody = (format: Format, body: Uint8Array<ArrayBuffer>): SentBody => ({
  body,
  contentType: mediaTypes[format],
  contentEncoding: encodingOf(body),
})
