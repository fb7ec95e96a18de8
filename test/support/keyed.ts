import { newId } from '../../src/platform/ids.ts'
import type { Answer, Call } from './api.ts'

/** The POSTs that take no Idempotency-Key, each with its reason. */
export const unkeyed: Readonly<Record<string, string>> = {
  signIn: 'answers tokens, which are not kept; signing in twice makes two sessions',
  refreshSession: 'a refresh token works once: that is its own key',
  signOut: 'signing out twice is signing out',
  previewSubscriptionChange: 'computes and stores nothing',
}

const unkeyedPaths = /^\/api\/v1\/auth\/|\/change\/preview$|[?&]preview=true/

/**
 * Sends every POST with a key of its own, and fails where one that succeeds has not kept its answer for a repetition: so every
 * test of a route tests that too.
 */
export const keyed =
  (call: Call): Call =>
  async (method, path, options = {}) => {
    const isKeyed = method === 'POST' && path.startsWith('/api/v1/') && !unkeyedPaths.test(path)
    if (!isKeyed) return call(method, path, options)
    const answer: Answer = await call(method, path, {
      ...options,
      headers: { 'idempotency-key': newId(), ...options.headers },
    })
    if (answer.status < 300 && answer.headers.get('idempotency-replayed') === null) {
      throw new Error(`POST ${path} did not keep its answer for its Idempotency-Key`)
    }
    return answer
  }
