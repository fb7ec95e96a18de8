import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { newSecret, sign } from '../../src/modules/webhooks/signature.ts'

const message = (body = '{"type":"invoice.issued","data":{"name":"Zürich 😀"}}') => ({
  id: 'msg_0192f0c1-7b1a-7000-8000-000000000001',
  timestampSeconds: Math.floor(Date.now() / 1000),
  body,
})
const isAccepted = (secret: string, body: string, headers: object): boolean => {
  try {
    new Webhook(secret).verify(body, { ...headers }, { jsonParse: false })
    return true
  } catch {
    return false
  }
}

describe('a signed webhook', () => {
  test('is accepted by the verifier of the standard, whatever its body', () => {
    const secret = newSecret()
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (body) => {
        expect(isAccepted(secret, body, sign(message(body), [secret]))).toBe(true)
      }),
    )
  })

  test('is what the verifier itself would sign', () => {
    const secret = newSecret()
    const { id, timestampSeconds, body } = message()
    expect(sign({ id, timestampSeconds, body }, [secret])).toEqual({
      'webhook-id': id,
      'webhook-timestamp': String(timestampSeconds),
      'webhook-signature': new Webhook(secret).sign(id, new Date(timestampSeconds * 1000), body),
    })
  })

  test('is refused when one byte of body, id, time or secret is another', () => {
    const secret = newSecret()
    const sent = message()
    const headers = sign(sent, [secret])
    expect(isAccepted(secret, sent.body, headers)).toBe(true)
    expect(isAccepted(secret, sent.body.replace('invoice', 'invoicf'), headers)).toBe(false)
    expect(isAccepted(secret, `${sent.body} `, headers)).toBe(false)
    expect(isAccepted(secret, sent.body, { ...headers, 'webhook-id': `${sent.id}2` })).toBe(false)
    const later = String(sent.timestampSeconds + 1)
    expect(isAccepted(secret, sent.body, { ...headers, 'webhook-timestamp': later })).toBe(false)
    expect(isAccepted(newSecret(), sent.body, headers)).toBe(false)
  })

  test('is accepted with the old and with the new secret while they change', () => {
    const [old, fresh] = [newSecret(), newSecret()]
    const sent = message()
    const headers = sign(sent, [fresh, old])
    expect(headers['webhook-signature']).toMatch(/^v1,[\w+/]{43}= v1,[\w+/]{43}=$/)
    expect([old, fresh, newSecret()].map((secret) => isAccepted(secret, sent.body, headers))).toEqual([
      true,
      true,
      false,
    ])
  })

  test('has a secret of 32 bytes that nobody else has', () => {
    const secrets = Array.from({ length: 100 }, newSecret)
    expect(new Set(secrets).size).toBe(100)
    for (const secret of secrets) expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32)
  })

  test('can neither be signed with nothing nor under an id that could pass for another', () => {
    expect(() => sign(message(), [])).toThrow('invariant')
    expect(() => sign({ ...message(), id: 'a.1' }, [newSecret()])).toThrow('invariant')
    expect(() => sign({ ...message(), timestampSeconds: 1.5 }, [newSecret()])).toThrow('invariant')
    expect(() => sign(message(), ['secret'])).toThrow('invariant')
  })
})
