import { expect, test } from 'bun:test'
import { Elysia } from 'elysia'
import { authorization } from '../../src/platform/auth.ts'
import type { Actor, Level } from '../../src/platform/context.ts'
import { nilId } from '../../src/platform/ids.ts'
import { openLog } from '../../src/platform/log.ts'
import { problems } from '../../src/platform/problem.ts'
import { requestLimit } from '../../src/platform/rate-limit.ts'

const actorOf = (accountId: string, level: Level): Actor => ({
  accountId,
  level,
  organizationId: nilId,
  platformId: nilId,
  distributorId: nilId,
  partnerId: nilId,
  tenantId: nilId,
  sellerOfRecordId: nilId,
  permissions: new Set(),
})

/** An app whose callers name themselves. */
const appWith = (requestsPerMinute: number) => {
  const who = async (request: Request) =>
    actorOf(request.headers.get('account') ?? '', (request.headers.get('level') ?? 'tenant') as Level)
  const app = new Elysia({ normalize: false })
    .use(problems(openLog({ level: 'silent', process: 'test' }), () => []))
    .use(authorization(who, requestLimit(requestsPerMinute)))
    .get('/', () => 'here', { can: 'signed-in' })
  return (account: string, level: Level = 'tenant') =>
    app.handle(new Request('http://localhost/', { headers: { account, level } }))
}

test('a caller over its share gets 429 with Retry-After and RateLimit headers; another caller is not touched', async () => {
  const call = appWith(2)
  expect((await call('a')).headers.get('ratelimit-policy')).toBe('"tenant";q=2;w=60')
  expect((await call('a')).headers.get('ratelimit')).toMatch(/^"tenant";r=0;t=\d+$/)
  const refused = await call('a')
  expect(refused.status).toBe(429)
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(refused.headers.get('content-type')).toBe('application/problem+json')
  expect(((await refused.json()) as { code: string }).code).toBe('request.too_many')
  expect((await call('b')).status).toBe(200)
})

test('higher tiers have more', async () => {
  expect((await appWith(2)('a', 'platform')).headers.get('ratelimit-policy')).toBe('"platform";q=20;w=60')
})

test('0 allows everything and says nothing', async () => {
  const call = appWith(0)
  for (let request = 0; request < 50; request++) {
    const answer = await call('a')
    expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null])
  }
})
