import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** A key of `bytes` bytes for one purpose, derived from the one secret (HKDF-SHA-256, RFC 5869). */
export const deriveKey = (secret: string, purpose: string, bytes = 32): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, 'weir', purpose, bytes))

/** The password of a login role, the same on every machine that knows the secret. */
export const loginPassword = (secret: string, role: string): string =>
  createHmac('sha256', secret).update(`login:${role}`).digest('hex')

/** Encrypts what must be read again (AES-256-GCM): nonce, tag, text. */
export function seal(key: Uint8Array, text: string): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

/** Reverses `seal`. @throws when the key is another or a bit was changed. */
export function unseal(key: Uint8Array, sealed: Uint8Array): string {
  const bytes = Buffer.from(sealed)
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}
