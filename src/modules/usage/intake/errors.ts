import { DomainError } from '../../../platform/errors.ts'
import { MAX_BODY_BYTES, MAX_COLUMNS, MAX_RECORD_CHARACTERS, MAX_RECORDS } from './limits.ts'

/** Faults of the envelope: nothing of the batch is stored. Sentences hold limits and line numbers, never input. */
const megabytes = MAX_BODY_BYTES / 1024 / 1024

const tooLarge = (code: string, detail: string): DomainError => new DomainError('too_large', code, detail)
const unsupported = (code: string, detail: string): DomainError => new DomainError('unsupported_media', code, detail)
const unparsable = (code: string, detail: string, pointer = ''): DomainError =>
  new DomainError('unparsable', code, detail, { faults: [{ pointer, code, message: detail }] })

export const bodyTooLarge = (): DomainError =>
  tooLarge('usage.body_too_large', `a batch is at most ${megabytes} MB; send it in parts`)
export const inflatedTooLarge = (): DomainError =>
  tooLarge('usage.inflated_too_large', `a batch is at most ${megabytes} MB after inflating; send it in parts`)
export const tooManyRecords = (): DomainError =>
  tooLarge('usage.too_many_records', `a batch is at most ${MAX_RECORDS} records; send it in parts`)
export const tooManyColumns = (): DomainError =>
  tooLarge('usage.too_many_columns', `a CSV file has at most ${MAX_COLUMNS} columns`)
export const rowTooLong = (line: number): DomainError =>
  tooLarge('usage.row_too_long', `the row that starts by line ${line} is longer than ${MAX_RECORD_CHARACTERS} bytes`)

export const unknownType = (): DomainError =>
  unsupported('usage.media_type', 'send application/json (an array), application/x-ndjson or text/csv')
export const unknownCharset = (): DomainError => unsupported('usage.charset', 'the only character set is UTF-8')
export const unknownEncoding = (): DomainError =>
  unsupported('usage.content_encoding', 'the content encoding may be identity, gzip or zstd, one of them')
export const typeMismatch = (): DomainError =>
  unsupported('usage.type_mismatch', 'the body is of another type than Content-Type says')
export const encodingMismatch = (): DomainError =>
  unsupported('usage.encoding_mismatch', 'the body is encoded otherwise than Content-Encoding says')

export const encodingCorrupt = (cause: unknown): DomainError =>
  new DomainError('unparsable', 'usage.encoding_corrupt', 'the compressed body is damaged or cut off', { cause })
export const notUtf8 = (): DomainError => unparsable('usage.not_utf8', 'the body is not valid UTF-8')
export const notJson = (pointer: string, where: string): DomainError =>
  unparsable('usage.unparsable', `${where} is not valid JSON`, pointer)
export const notCsv = (line: number): DomainError =>
  unparsable('usage.unparsable', `line ${line} is not valid CSV (RFC 4180)`)

export const batchEmpty = (): DomainError => new DomainError('invalid', 'usage.batch_empty', 'the batch has no records')
export const notAnArray = (): DomainError =>
  new DomainError('invalid', 'usage.not_an_array', 'a JSON batch must be an array of records', {
    faults: [{ pointer: '', code: 'usage.not_an_array', message: 'must be an array of records' }],
  })
