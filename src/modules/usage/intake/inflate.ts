import { setImmediate } from 'node:timers/promises'
import { encodingCorrupt, inflatedTooLarge } from './errors.ts'
import { maxBodyBytes } from './limits.ts'
import type { MediaEncoding } from './media.ts'

/** Small, so that one piece of a bomb can't inflate far past the limit before anybody counts. */
const pieceBytes = 16 * 1024
/** How much is inflated before the event loop gets its turn. */
const turnBytes = 1024 * 1024

const magics = { gzip: [0x1f, 0x8b], zstd: [0x28, 0xb5, 0x2f, 0xfd] } as const

/** What the first bytes say the packing is (RFC 1952, RFC 8878). None of our text formats can begin so. */
export const encodingOf = (body: Uint8Array): MediaEncoding => {
  if (magics.gzip.every((byte, at) => body[at] === byte)) return 'gzip'
  return magics.zstd.every((byte, at) => body[at] === byte) ? 'zstd' : 'identity'
}

function pieces(body: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(body.subarray(at, at + pieceBytes))
      at += pieceBytes
      if (at >= body.length) controller.close()
    },
  })
}

/**
 * Inflates a body piece by piece and stops at the limit, however much more is packed inside.
 * @throws DomainError `usage.inflated_too_large` (413), `usage.encoding_corrupt` (400) also for a body that is cut off.
 */
export async function inflate(
  body: Uint8Array<ArrayBuffer>,
  encoding: 'gzip' | 'zstd',
): Promise<Uint8Array<ArrayBuffer>> {
  // Bun knows zstd here; the types of the web platform do not yet.
  const reader = pieces(body)
    .pipeThrough(new DecompressionStream(encoding as CompressionFormat))
    .getReader()
  const chunks: Uint8Array[] = []
  let bytes = 0
  let turnAt = turnBytes
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw encodingCorrupt(cause)
    })
    if (done) return Buffer.concat(chunks, bytes)
    bytes += value.byteLength
    if (bytes > maxBodyBytes) {
      await reader.cancel()
      throw inflatedTooLarge()
    }
    chunks.push(value)
    if (bytes >= turnAt) {
      turnAt = bytes + turnBytes
      await setImmediate()
    }
  }
}
