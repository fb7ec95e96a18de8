import { unknownCharset, unknownEncoding, unknownType } from './errors.ts'

/** How the records of a body are written down. */
export type MediaFormat = 'json' | 'ndjson' | 'csv'
/** How the bytes of a body are packed (RFC 9110 section 8.4). */
export type MediaEncoding = 'identity' | 'gzip' | 'zstd'

const formats: ReadonlyMap<string, MediaFormat> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
  ['text/csv', 'csv'],
])
const encodings: ReadonlyMap<string, MediaEncoding> = new Map([
  ['', 'identity'],
  ['identity', 'identity'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['zstd', 'zstd'],
])
const charsets: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii'])

/** @throws DomainError `usage.media_type` or `usage.charset` (415) for any other type, none included. */
export function readFormat(contentType: string | null | undefined): MediaFormat {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase())
  const format = formats.get(type)
  if (!format) throw unknownType()
  const charset = parameters.find((parameter) => parameter.startsWith('charset='))?.slice('charset='.length)
  if (charset !== undefined && !charsets.has(charset.replaceAll('"', ''))) throw unknownCharset()
  return format
}

/** @throws DomainError `usage.content_encoding` (415) for an unknown coding and for more than one. */
export function readEncoding(contentEncoding: string | null | undefined): MediaEncoding {
  const encoding = encodings.get((contentEncoding ?? '').trim().toLowerCase())
  if (!encoding) throw unknownEncoding()
  return encoding
}
