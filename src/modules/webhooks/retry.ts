import { invariant } from '../../platform/errors.ts'

const minute = 60
const hour = 60 * minute

/** The schedule of Standard Webhooks 1.0: what passes before each attempt, the first one at once. */
const delaysSeconds = [
  0,
  5,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  20 * hour,
  24 * hour,
] as const

/** Attempts of one delivery before it is exhausted. */
export const maxAttempts = delaysSeconds.length

/** How much longer than its delay an attempt may wait at most, so that what failed together comes back apart. */
const maxJitterShare = 0.2
/** The longest wait that a receiver may ask for: the longest of the schedule. */
const maxRetryAfterSeconds = 24 * hour

/** What an answer means for its delivery: done, wait and try again, or never send there again. */
export type Verdict = 'delivered' | 'retry' | 'disable'

/** Any 2xx is delivered, 410 wants no more webhooks at all, everything else, redirects too, is a failure to retry. */
export function judgeStatus(status: number): Verdict {
  if (status >= 200 && status <= 299) return 'delivered'
  return status === 410 ? 'disable' : 'retry'
}

/**
 * Seconds to wait before attempt number `attempt` (1 is the first), or undefined when there is no such attempt: the
 * delivery is exhausted. `jitterFraction` in [0, 1) is the caller's random number.
 */
export function nextAttemptDelaySeconds(attempt: number, jitterFraction: number): number | undefined {
  invariant(Number.isInteger(attempt) && attempt >= 1, 'attempts are counted from 1')
  invariant(jitterFraction >= 0 && jitterFraction < 1, 'jitter is a fraction')
  const delay = delaysSeconds[attempt - 1]
  return delay === undefined ? undefined : delay * (1 + maxJitterShare * jitterFraction)
}

/**
 * The wait that a failed answer asks for in `Retry-After` (RFC 9110 section 10.2.3: seconds or a date), at most a day;
 * undefined for other statuses than 429 and 503, and for text that is neither. `now` is when the answer came.
 */
export function retryAfterSeconds(status: number, header: string | undefined, now: Date): number | undefined {
  if ((status !== 429 && status !== 503) || header === undefined) return undefined
  const text = header.trim()
  const seconds = /^\d{1,10}$/.test(text) ? Number(text) : secondsUntil(text, now)
  return seconds === undefined ? undefined : Math.min(Math.max(seconds, 0), maxRetryAfterSeconds)
}

/** The form of a date that RFC 9110 lets senders make: `Sun, 06 Nov 1994 08:49:37 GMT`. */
const imfDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

function secondsUntil(text: string, now: Date): number | undefined {
  const ms = imfDate.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(ms) ? undefined : Math.ceil((ms - now.getTime()) / 1000)
}

/**
 * Seconds from a failed attempt to the next one, or undefined when none is left: the schedule, or the receiver's own wish
 * where that is later.
 */
export function waitAfterFailureSeconds(failure: {
  readonly attempt: number
  readonly jitterFraction: number
  readonly askedSeconds: number | undefined
}): number | undefined {
  const scheduled = nextAttemptDelaySeconds(failure.attempt + 1, failure.jitterFraction)
  return scheduled === undefined ? undefined : Math.max(scheduled, failure.askedSeconds ?? 0)
}
