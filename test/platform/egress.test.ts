import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { $ } from 'bun'
import type { AllowedTarget } from '../../src/platform/config-targets.ts'
import { type EgressRequest, post } from '../../src/platform/egress.ts'
import { DomainError } from '../../src/platform/errors.ts'

type Seen = { path: string; host: string | null; body: string; type: string | null }
const seen: Seen[] = []
const server: Bun.Server<undefined> = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    const { pathname, search } = new URL(request.url)
    const { headers } = request
    seen.push({
      path: pathname + search,
      host: headers.get('host'),
      body: await request.text(),
      type: headers.get('content-type'),
    })
    if (pathname === '/redirect') return Response.redirect(`http://127.0.0.1:${server.port}/inside`, 307)
    if (pathname === '/busy') return new Response('later', { status: 503, headers: { 'retry-after': '120' } })
    if (pathname === '/long') return new Response('é'.repeat(1_000_000))
    if (pathname === '/nul') return new Response('a\0b')
    if (pathname === '/silent') return new Promise<Response>(() => undefined)
    if (pathname === '/drip') return new Response(drip())
    return new Response('taken', { status: 202 })
  },
})
/** A body that begins and never ends. */
const drip = (): ReadableStream =>
  new ReadableStream({
    async pull(controller) {
      controller.enqueue(new TextEncoder().encode('.'))
      await Bun.sleep(10)
    },
  })
afterAll(() => server.stop(true))

const port = server.port ?? 0
const local: AllowedTarget[] = [{ host: '127.0.0.1', port }]
const request = (change: Partial<EgressRequest> = {}): EgressRequest => ({
  headers: { 'content-type': 'application/json' },
  body: '{"é":1}',
  timeoutMs: 5_000,
  maxResponseBytes: 1024,
  allow: local,
  ...change,
})
const refusal = async (sending: Promise<unknown>): Promise<DomainError> => {
  const error: unknown = await sending.then(
    () => 'sent',
    (reason: unknown) => reason,
  )
  if (!(error instanceof DomainError)) throw new Error('not refused by a DomainError', { cause: error })
  return error
}
const codeOf = async (sending: Promise<unknown>): Promise<string> => (await refusal(sending)).code

describe('a post', () => {
  test('arrives with its headers and body, and brings the answer back', async () => {
    const answer = await post(`http://127.0.0.1:${port}/hooks?a=b`, request())
    expect(answer).toEqual({ status: 202, retryAfter: undefined, bodySnippet: 'taken' })
    expect(seen.at(-1)).toEqual({
      path: '/hooks?a=b',
      host: `127.0.0.1:${port}`,
      body: '{"é":1}',
      type: 'application/json',
    })
  })

  test('goes to the address that was checked, under the name that was asked for, resolved once', async () => {
    const asked: string[] = []
    const rebinding = async (host: string): Promise<readonly string[]> => {
      asked.push(host)
      return asked.length === 1 ? ['127.0.0.1'] : ['10.0.0.1']
    }
    const allow: AllowedTarget[] = [{ host: 'hooks.example.com', port }]
    const answer = await post(`http://hooks.example.com:${port}/pinned`, request({ allow, resolve: rebinding }))
    expect(answer.status).toBe(202)
    expect(asked).toEqual(['hooks.example.com'])
    expect(seen.at(-1)).toMatchObject({ path: '/pinned', host: `hooks.example.com:${port}` })
  })

  test('cannot be given another Host by a header', async () => {
    await post(`http://127.0.0.1:${port}/`, request({ headers: { HOST: 'inside' } }))
    expect(seen.at(-1)?.host).toBe(`127.0.0.1:${port}`)
  })

  test.each([
    [['127.0.0.1']],
    [['93.184.216.34', '127.0.0.1']],
    [['2606:4700:4700::1111', '::ffff:10.0.0.1']],
    [['fe80::1']],
    [['nonsense']],
  ])('a name with the addresses %j reaches nobody', async (addresses) => {
    const before = seen.length
    const sending = post(`https://hooks.example.com:${port}/`, request({ resolve: async () => addresses }))
    expect(await codeOf(sending)).toBe('egress.inside_address')
    expect(seen).toHaveLength(before)
  })

  test('a name in a range that the operator opened arrives', async () => {
    const allow: AllowedTarget[] = [{ range: '127.0.0.0/8' }]
    const resolve = async (): Promise<string[]> => ['127.0.0.1']
    const sending = post(`https://hooks.example.com:${port}/`, request({ allow, resolve }))
    // The server speaks no TLS: that it was asked at all is what counts.
    expect(await codeOf(sending)).toBe('egress.tls')
  })

  test('a redirect is an answer and is not followed', async () => {
    const before = seen.length
    expect((await post(`http://127.0.0.1:${port}/redirect`, request())).status).toBe(307)
    expect(seen.slice(before).map(({ path }) => path)).toEqual(['/redirect'])
  })

  test('a refusal comes with the wish of the receiver', async () => {
    const answer = await post(`http://127.0.0.1:${port}/busy`, request())
    expect(answer).toEqual({ status: 503, retryAfter: '120', bodySnippet: 'later' })
  })

  test('of a long answer only the start is read, in a form that can be stored', async () => {
    const { bodySnippet } = await post(`http://127.0.0.1:${port}/long`, request({ maxResponseBytes: 11 }))
    expect(bodySnippet).toBe('ééééé\ufffd')
    expect((await post(`http://127.0.0.1:${port}/nul`, request())).bodySnippet).toBe('a\ufffdb')
  })

  test('a receiver that says nothing costs the timeout and no more', async () => {
    const started = performance.now()
    expect(await codeOf(post(`http://127.0.0.1:${port}/silent`, request({ timeoutMs: 100 })))).toBe('egress.timeout')
    expect(performance.now() - started).toBeLessThan(3_000)
  })

  test('an answer whose body drips for ever counts by its status when the time is over', async () => {
    const started = performance.now()
    const sent = await post(`http://127.0.0.1:${port}/drip`, request({ timeoutMs: 200, maxResponseBytes: 1e6 }))
    expect(sent.status).toBe(200)
    expect(sent.bodySnippet).toMatch(/^\.+$/)
    expect(performance.now() - started).toBeLessThan(3_000)
  })

  test('a name server that says nothing costs the timeout as well', async () => {
    const resolve = (): Promise<never> => new Promise(() => undefined)
    const sending = post('https://hooks.example.com/', request({ timeoutMs: 50, resolve }))
    expect(await codeOf(sending)).toBe('egress.timeout')
  })

  test('a name without an address, and a port without a server, are told apart without details', async () => {
    const resolve = async (): Promise<string[]> => []
    expect(await codeOf(post('https://hooks.example.com/', request({ resolve })))).toBe('egress.unresolvable')
    const unknown = async (): Promise<never> => {
      throw Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
    }
    expect(await codeOf(post('https://hooks.example.com/', request({ resolve: unknown })))).toBe('egress.unresolvable')
    const closed = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('') })
    const freePort = closed.port ?? 0
    await closed.stop(true)
    const allow: AllowedTarget[] = [{ host: '127.0.0.1', port: freePort }]
    const error = await refusal(post(`http://127.0.0.1:${freePort}/`, request({ allow })))
    expect(error).toMatchObject({ kind: 'unavailable', code: 'egress.unreachable' })
    expect(error.message).not.toMatch(/127|\d{4}/)
  })
})

describe('a post over TLS', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-egress-'))
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const made =
    await $`openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${keyFile} -out ${certificateFile} -days 2 -subj /CN=hooks.example.com -addext subjectAltName=DNS:hooks.example.com`
      .quiet()
      .nothrow()
  const canRun = made.exitCode === 0
  if (!canRun) console.warn('skipped: no openssl to make a certificate with')
  const certificate = canRun ? readFileSync(certificateFile, 'utf8') : ''
  const tlsServer = canRun
    ? Bun.serve({
        port: 0,
        hostname: '127.0.0.1',
        tls: { key: readFileSync(keyFile, 'utf8'), cert: certificate },
        fetch: (asked) => new Response(asked.headers.get('host')),
      })
    : undefined
  afterAll(async () => {
    await tlsServer?.stop(true)
    rmSync(folder, { recursive: true, force: true })
  })
  const tlsPort = tlsServer?.port ?? 0
  const sendTo = (host: string, change: Partial<EgressRequest> = {}) =>
    post(
      `https://${host}:${tlsPort}/`,
      request({
        allow: [{ host, port: tlsPort }],
        resolve: async () => ['127.0.0.1'],
        certificateAuthorities: certificate,
        ...change,
      }),
    )

  test.skipIf(!canRun)('asks the pinned address for the certificate of the name', async () => {
    expect(await sendTo('hooks.example.com')).toMatchObject({
      status: 200,
      bodySnippet: `hooks.example.com:${tlsPort}`,
    })
  })

  test.skipIf(!canRun)('refuses the certificate of another name, and one that nobody vouches for', async () => {
    expect(await codeOf(sendTo('other.example.com'))).toBe('egress.tls')
    const { certificateAuthorities: _, ...unknownAuthority } = request({
      allow: [{ host: 'hooks.example.com', port: tlsPort }],
    })
    const sending = post(`https://hooks.example.com:${tlsPort}/`, {
      ...unknownAuthority,
      resolve: async () => ['127.0.0.1'],
    })
    expect(await codeOf(sending)).toBe('egress.tls')
  })
})
