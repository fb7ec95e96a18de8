import type { SentBody } from './intake/decode.ts'
import type { ParsedBatch } from './intake/parse.ts'

type Format = ParsedBatch['format']

const mediaTypes: Record<Format, string> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
  focus: 'text/csv',
}

/** Fast rather than small: usage repeats itself so much that the first level takes nine tenths away. */
const zstdLevel = 1

/** Packs a body to be kept until its batch is taken in. */
export const packBody = (bytes: Uint8Array<ArrayBuffer>): Promise<Buffer> =>
  Bun.zstdCompress(bytes, { level: zstdLevel })

/** A kept body as if it was sent. */
export const storedBody = (format: Format, body: Uint8Array<ArrayBuffer>): SentBody => ({
  body,
  contentType: mediaTypes[format],
  contentEncoding: 'zstd',
})
