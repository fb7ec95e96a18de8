import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { admin, testDatabase } from '../support/database.ts'

const { call, signIn } = testApi(await testDatabase())

describe('POST /auth/login', () => {
  test('the right password gives a pair that whoAmI accepts', async () => {
    const me = await call('GET', '/api/v1/auth/me', { token: await signIn() })
    expect(me.status).toBe(200)
    expect(me.body.level).toBe('platform')
    expect(me.body.permissions).toContain('period:close')
  })

  test('a wrong password and an unknown address get the same answer', async () => {
    const wrong = await call('POST', '/api/v1/auth/login', { body: { ...admin, password: 'no' } })
    const unknown = await call('POST', '/api/v1/auth/login', { body: { email: 'no@body.example', password: 'no' } })
    expect(wrong.status).toBe(401)
    const faceOf = ({ body }: { body: Record<string, unknown> }) => ({ ...body, requestId: '' })
    expect(faceOf(wrong)).toEqual(faceOf(unknown))
  })

  test.each([
    ['an unknown field', { ...admin, remember: true }, '/remember'],
    ['a missing password', { email: 'a@b.example' }, '/password'],
    ['a number as password', { email: 'a@b.example', password: 5 }, '/password'],
  ])('422 with a pointer for %s', async (_, body, pointer) => {
    const answer = await call('POST', '/api/v1/auth/login', { body })
    expect(answer.status).toBe(422)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
    expect(answer.body.errors[0].pointer).toBe(pointer)
  })

  test('400 for what is not JSON, and nothing of it comes back', async () => {
    const answer = await call('POST', '/api/v1/auth/login', {
      body: '{"email": hunter2',
      headers: { 'content-type': 'application/json' },
    })
    expect(answer.status).toBe(400)
    expect(JSON.stringify(answer.body)).not.toContain('hunter2')
  })
})

test('guessing is slowed down: after ten failures even the right password waits, and other accounts do not', async () => {
  const guess = (password: string, email = 'slow@platform.example') =>
    call('POST', '/api/v1/auth/login', { body: { email, password } })
  for (let failure = 0; failure < 10; failure++) expect((await guess('wrong')).status).toBe(401)
  const refused = await guess('wrong')
  expect([refused.status, refused.body.code]).toEqual([429, 'auth.too_many_attempts'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await guess(admin.password, admin.email)).status).toBe(200)
})

describe('POST /auth/refresh', () => {
  test('a refresh token works once; its second use ends the family', async () => {
    const session = (await call('POST', '/api/v1/auth/login', { body: admin })).body
    const second = await call('POST', '/api/v1/auth/refresh', { body: { refreshToken: session.refreshToken } })
    expect(second.status).toBe(200)
    const stolen = await call('POST', '/api/v1/auth/refresh', { body: { refreshToken: session.refreshToken } })
    expect(stolen.status).toBe(401)
    const family = await call('POST', '/api/v1/auth/refresh', { body: { refreshToken: second.body.refreshToken } })
    expect(family.status).toBe(401)
  })

  test('two simultaneous uses give one pair at most', async () => {
    const session = (await call('POST', '/api/v1/auth/login', { body: admin })).body
    const use = () => call('POST', '/api/v1/auth/refresh', { body: { refreshToken: session.refreshToken } })
    const statuses = (await Promise.all([use(), use()])).map((answer) => answer.status).sort()
    expect(statuses).toEqual([200, 401])
  })
})

test('401 for a broken token, and for a token that was signed by another installation', async () => {
  const token = await signIn()
  const broken = await call('GET', '/api/v1/auth/me', { token: `${token.slice(0, -4)}AAAA` })
  expect(broken.status).toBe(401)
  expect(broken.headers.get('www-authenticate')).toBe('Bearer')
  const none = await call('GET', '/api/v1/auth/me')
  expect(none.status).toBe(401)
})

test('404 as a problem for an unknown path', async () => {
  const answer = await call('GET', '/api/v1/nothing')
  expect([answer.status, answer.body.code]).toEqual([404, 'route.not_found'])
})
