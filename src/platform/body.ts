import type { DomainError } from './errors.ts'

/**
 * The body as it came, at most `maxBytes` long; a longer one is refused before it is read where its length is told.
 * @throws what `tooLarge` makes
 */
export async function readBytes(
  request: Request,
  maxBytes: number,
  tooLarge: () => DomainError,
): Promise<Uint8Array<ArrayBuffer>> {
  const told = request.headers.get('content-length')
  if (Number(told ?? 0) > maxBytes) throw tooLarge()
  if (told !== null) return new Uint8Array(await request.arrayBuffer())
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of request.body ?? []) {
    bytes += piece.byteLength
    if (bytes > maxBytes) throw tooLarge()
    pieces.push(piece)
  }
  return new Uint8Array(Buffer.concat(pieces, bytes))
}
