import { setSystemTime, afterEach, expect, test } from 'bun:test'
import { newId, nilId } from '../../src/platform/ids.ts'
import { openTokens } from '../../src/platform/token.ts'

const secret = 'a secret of thirty-two characters'
const organizationId = newId()
const grants = [
  {
    org: organizationId,
    level: 'platform' as const,
    platform: organizationId,
    distributor: nilId,
    partner: nilId,
    tenant: nilId,
    seller: organizationId,
    roles: ['PlatformReader'],
  },
]

afterEach(() => void setSystemTime())

test('a token is good again and again until it expires, and never after', async () => {
  const tokens = openTokens({ secret, lifetimeSeconds: 60 })
  const accountId = newId()
  const token = await tokens.sign({ accountId, grants })
  for (let time = 0; time < 3; time += 1) expect(await tokens.verify(token)).toEqual({ accountId, grants })
  setSystemTime(new Date(Date.now() + 61_000))
  expect(await tokens.verify(token)).toBeUndefined()
  expect(await tokens.verify(token)).toBeUndefined()
})

test('that a token was good makes no other token good', async () => {
  const tokens = openTokens({ secret, lifetimeSeconds: 60 })
  const token = await tokens.sign({ accountId: newId(), grants })
  await tokens.verify(token)
  const [head = '', body = '', signature = ''] = token.split('.')
  const forged = Buffer.from(body, 'base64url').toString().replace('PlatformReader', 'PlatformAdministrator')
  expect(await tokens.verify([head, Buffer.from(forged).toString('base64url'), signature].join('.'))).toBeUndefined()
  expect(await tokens.verify(`${token}=`)).toBeUndefined()
  const foreign = openTokens({ secret: `${secret}!`, lifetimeSeconds: 60 })
  expect(await tokens.verify(await foreign.sign({ accountId: newId(), grants }))).toBeUndefined()
})
