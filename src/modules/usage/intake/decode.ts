import { isUtf8 } from 'node:buffer'
import { batchEmpty, bodyTooLarge, encodingMismatch, notUtf8 } from './errors.ts'
import { encodingOf, inflate } from './inflate.ts'
import { maxBodyBytes } from './limits.ts'
import { type MediaFormat, readEncoding, readFormat } from './media.ts'

/** A body as it came, with the two headers that say what it is. */
export type SentBody = {
  readonly body: Uint8Array<ArrayBuffer>
  readonly contentType: string | null | undefined
  readonly contentEncoding: string | null | undefined
}

/** A body unpacked: valid UTF-8, not empty, in the format it claims. */
export type DecodedBody = { readonly format: MediaFormat; readonly bytes: Uint8Array<ArrayBuffer> }

/**
 * Unpacks a body within the limits.
 * @throws DomainError 415 for an unknown or lying type or encoding, 413 over a limit, 400 for damaged packing or bytes
 * that are not UTF-8, 422 `usage.batch_empty` for no bytes at all.
 */
export async function decodeBody({ body, contentType, contentEncoding }: SentBody): Promise<DecodedBody> {
  const format = readFormat(contentType)
  const encoding = readEncoding(contentEncoding)
  if (body.byteLength > maxBodyBytes) throw bodyTooLarge()
  if (body.byteLength === 0) throw batchEmpty()
  if (encodingOf(body) !== encoding) throw encodingMismatch()
  const bytes = encoding === 'identity' ? body : await inflate(body, encoding)
  if (!isUtf8(bytes)) throw notUtf8()
  return { format, bytes }
}
