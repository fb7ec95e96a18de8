import { afterAll } from 'bun:test'
import { Webhook } from 'standardwebhooks'

/** What arrived, and whether the reference library accepted its signature. */
export type Received = { id: string; headers: Headers; body: Record<string, unknown>; isVerified: boolean }

/** Finance's end of a webhook: listens on this machine, verifies with the reference library, answers as it is told to. */
export function testReceiver() {
  const received: Received[] = []
  let secret = ''
  let answer: (request: Received) => Response | Promise<Response> = () => new Response(null, { status: 204 })
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const text = await request.text()
      const one = {
        id: request.headers.get('webhook-id') ?? '',
        headers: request.headers,
        body: JSON.parse(text) as Record<string, unknown>,
        isVerified: verifies(secret, text, request.headers),
      }
      received.push(one)
      return answer(one)
    },
  })
  afterAll(() => server.stop(true))
  return {
    url: `http://127.0.0.1:${server.port}/hook`,
    received,
    /** The secret that arrivals are verified with from now on. */
    trust: (text: string) => void (secret = text),
    answer: (how: typeof answer) => void (answer = how),
  }
}

function verifies(secret: string, text: string, headers: Headers): boolean {
  try {
    new Webhook(secret).verify(text, Object.fromEntries(headers))
    return true
  } catch {
    return false
  }
}
