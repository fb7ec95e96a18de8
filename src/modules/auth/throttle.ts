import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { DomainError } from '../../platform/errors.ts'

/** Slows down guessing: counts failed sign-ins, per address of the caller and account, and per account. */
export type SignInThrottle = {
  /** @throws DomainError `auth.too_many_attempts` (429) with Retry-After, before any password is checked. */
  admit(email: string, address: string): Promise<void>
  failed(email: string, address: string): Promise<void>
}

const perCaller = { points: 10, duration: 15 * 60 }
const perAccount = { points: 100, duration: 60 * 60 }

const tooMany = (waitMs: number): DomainError =>
  new DomainError('too_many', 'auth.too_many_attempts', 'too many failed sign-ins; wait and try again', {
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)),
  })

/** Counts in this process: several API processes allow as many times more, which is still too few to guess. */
export function signInThrottle(): SignInThrottle {
  const callers = new RateLimiterMemory({ keyPrefix: 'caller', ...perCaller })
  const accounts = new RateLimiterMemory({ keyPrefix: 'account', ...perAccount })
  const isUsedUp = (state: RateLimiterRes | null, points: number) => state !== null && state.consumedPoints >= points
  return {
    async admit(email, address) {
      const [caller, account] = await Promise.all([callers.get(`${address} ${email}`), accounts.get(email)])
      if (caller && isUsedUp(caller, perCaller.points)) throw tooMany(caller.msBeforeNext)
      if (account && isUsedUp(account, perAccount.points)) throw tooMany(account.msBeforeNext)
    },
    async failed(email, address) {
      await Promise.allSettled([callers.consume(`${address} ${email}`), accounts.consume(email)])
    },
  }
}
