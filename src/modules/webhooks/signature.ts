import { createHmac, randomBytes } from 'node:crypto'
import { invariant } from '../../platform/errors.ts'

const secretPrefix = 'whsec_'
const secretBytes = 32

/** One delivery as it is signed: the id stays over all attempts, the time is that of the attempt. */
type SignedMessage = { readonly id: string; readonly timestampSeconds: number; readonly body: string }

/** The three headers of a delivery (Standard Webhooks 1.0). */
type SignatureHeaders = {
  readonly 'webhook-id': string
  readonly 'webhook-timestamp': string
  readonly 'webhook-signature': string
}

/** A fresh secret in the form that receivers paste: `whsec_` and 32 random bytes in base64. */
export const newSecret = (): string => secretPrefix + randomBytes(secretBytes).toString('base64')

const signature = ({ id, timestampSeconds, body }: SignedMessage, secret: string): string => {
  invariant(secret.startsWith(secretPrefix), 'a webhook secret is one that newSecret made')
  const key = Buffer.from(secret.slice(secretPrefix.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${timestampSeconds}.${body}`).digest('base64')}`
}

/**
 * Signs one attempt (Standard Webhooks 1.0, HMAC-SHA256) with every secret in force, so that a receiver may change over
 * at its own time. `body` must go out byte for byte as given, in UTF-8; the id may hold no full stop, which separates
 * what is signed.
 */
export function sign(message: SignedMessage, secrets: readonly string[]): SignatureHeaders {
  invariant(secrets.length > 0, 'a delivery is signed with at least one secret')
  invariant(/^[\w-]+$/.test(message.id), 'a webhook id holds nothing that separates signed parts')
  invariant(Number.isSafeInteger(message.timestampSeconds), 'a webhook is signed at a whole second')
  return {
    'webhook-id': message.id,
    'webhook-timestamp': String(message.timestampSeconds),
    'webhook-signature': secrets.map((secret) => signature(message, secret)).join(' '),
  }
}
