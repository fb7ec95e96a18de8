import { DomainError } from '../../../platform/errors.ts'
import { maxBodyBytes, maxColumns, maxRecordCharacters, maxRecords } from './limits.ts'

// Faults of the envelope: nothing of the batch is stored. Sentences hold limits and line numbers, never input.
const megabytes = maxBodyBytes / 1024 / 1024

const tooLarge = (code: string, detail: string): DomainError => new DomainError('too_large', code, detail)
const unsupported = (code: string, detail: string): DomainError => new DomainError('unsupported_media', code, detail)
const unparsable = (code: string, detail: string, pointer = ''): DomainError =>
  new DomainError('unparsable', code, detail, { faults: [{ pointer, code, message: detail }] })

/** 413: more bytes than a call may carry. */
export const bodyTooLarge = (): DomainError =>
  tooLarge('usage.body_too_large', `a batch is at most ${megabytes} MB; send it in parts`)
/** 413: more bytes than a call may carry, found while inflating. */
export const inflatedTooLarge = (): DomainError =>
  tooLarge('usage.inflated_too_large', `a batch is at most ${megabytes} MB after inflating; send it in parts`)
/** 413: more records than a call may carry. */
export const tooManyRecords = (): DomainError =>
  tooLarge('usage.too_many_records', `a batch is at most ${maxRecords} records; send it in parts`)
/** 413: a CSV header that no file of usage has. */
export const tooManyColumns = (): DomainError =>
  tooLarge('usage.too_many_columns', `a CSV file has at most ${maxColumns} columns`)
/** 413: a CSV row that no record of usage fills; the rest of the file cannot be found behind it. */
export const rowTooLong = (line: number): DomainError =>
  tooLarge('usage.row_too_long', `the row that starts by line ${line} is longer than ${maxRecordCharacters} bytes`)

/** 415: a content type that is none of ours, or none at all. */
export const unknownType = (): DomainError =>
  unsupported('usage.media_type', 'send application/json (an array), application/x-ndjson or text/csv')
/** 415: another character set than UTF-8. */
export const unknownCharset = (): DomainError => unsupported('usage.charset', 'the only character set is UTF-8')
/** 415: a content coding that is none of ours, or several. */
export const unknownEncoding = (): DomainError =>
  unsupported('usage.content_encoding', 'the content encoding may be identity, gzip or zstd, one of them')
/** 415: a body that is plainly of another type of ours than it says. */
export const typeMismatch = (): DomainError =>
  unsupported('usage.type_mismatch', 'the body is not of the type that Content-Type says')
/** 415: a body whose first bytes contradict its content coding. */
export const encodingMismatch = (): DomainError =>
  unsupported('usage.encoding_mismatch', 'the body is not encoded as Content-Encoding says')

/** 400: packing that is damaged, cut off or followed by something else. */
export const encodingCorrupt = (cause: unknown): DomainError =>
  new DomainError('unparsable', 'usage.encoding_corrupt', 'the compressed body is damaged or cut off', { cause })
/** 400: bytes that are not UTF-8. */
export const notUtf8 = (): DomainError => unparsable('usage.not_utf8', 'the body is not valid UTF-8')
/** 400: text that is not JSON, with the pointer of the record and the place in words. */
export const notJson = (pointer: string, where: string): DomainError =>
  unparsable('usage.unparsable', `${where} is not valid JSON`, pointer)
/** 400: text that is not CSV, with its line. */
export const notCsv = (line: number): DomainError =>
  unparsable('usage.unparsable', `line ${line} is not valid CSV (RFC 4180)`)

/** 422: no record at all. */
export const batchEmpty = (): DomainError => new DomainError('invalid', 'usage.batch_empty', 'the batch has no records')
/** 422: JSON, but not an array. */
export const notAnArray = (): DomainError =>
  new DomainError('invalid', 'usage.not_an_array', 'a JSON batch must be an array of records', {
    faults: [{ pointer: '', code: 'usage.not_an_array', message: 'must be an array of records' }],
  })
