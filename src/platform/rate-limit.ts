import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { Actor, Level } from './context.ts'
import { DomainError } from './errors.ts'

/** What a caller may still send, as header values of draft-ietf-httpapi-ratelimit-headers-11. */
type Allowance = {
  readonly policy: string
  readonly left: string
  readonly retryAfterSeconds: number | undefined
}

/** Counts requests per account and organization. */
export type RequestLimit = { take(actor: Actor): Promise<Allowance> }

const windowSeconds = 60

/** Higher tiers act for many: their share of the configured number. */
const shareOf: Record<Level, number> = { platform: 10, distributor: 3, partner: 2, tenant: 1 }

/**
 * Allows `requestsPerMinute` to each account of a tenant, and more the higher the tier; 0 allows everything. Counts in
 * this process: several API processes allow as many times more.
 */
export function requestLimit(requestsPerMinute: number): RequestLimit {
  const limiters = new Map(
    Object.entries(shareOf).map(([level, share]) => [level, limiterOf(level, requestsPerMinute * share)]),
  )
  return {
    async take(actor) {
      const limiter = limiters.get(actor.level)
      if (!limiter || requestsPerMinute === 0) return unlimited
      const state = await consume(limiter, `${actor.accountId} ${actor.organizationId}`)
      const resetSeconds = Math.ceil(state.msBeforeNext / 1000)
      return {
        policy: `"${actor.level}";q=${limiter.points};w=${windowSeconds}`,
        left: `"${actor.level}";r=${state.remainingPoints};t=${resetSeconds}`,
        retryAfterSeconds: state.consumedPoints > limiter.points ? Math.max(1, resetSeconds) : undefined,
      }
    },
  }
}

const unlimited: Allowance = { policy: '', left: '', retryAfterSeconds: undefined }

const limiterOf = (level: string, points: number) =>
  new RateLimiterMemory({ keyPrefix: level, points, duration: windowSeconds })

/** The library throws the state when it is used up. */
const consume = (limiter: RateLimiterMemory, key: string): Promise<RateLimiterRes> =>
  limiter.consume(key).catch((refused: unknown) => {
    if (refused instanceof RateLimiterRes) return refused
    throw refused
  })

/** The caller sent more than its share. */
export const tooManyRequests = (retryAfterSeconds: number): DomainError =>
  new DomainError('too_many', 'request.too_many', 'too many requests; RateLimit-Policy says how many are welcome', {
    retryAfterSeconds,
  })
