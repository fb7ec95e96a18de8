import { Webhook } from 'standardwebhooks'

/** A finance system in small: takes Weir's webhooks, believes none whose signature is wrong. */
export type Receiver = {
  readonly url: string
  /** `host:port`, for the operator's list of inside targets. */
  readonly target: string
  /** From now on messages must be signed by this secret. */
  trust(secret: string): void
  /** Verified messages by type, each id once. */
  counts(): Readonly<Record<string, number>>
  refused(): number
  stop(): Promise<void>
}

/** Listens on a free loopback port. */
export function startReceiver(): Receiver {
  const verifiers: Webhook[] = []
  const seen = new Map<string, string>()
  let refused = 0
  const typeOf = (headers: Record<string, string>, body: string): string | undefined => {
    for (const verifier of verifiers) {
      try {
        return (verifier.verify(body, headers) as { type: string }).type
      } catch {
        continue
      }
    }
    return undefined
  }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const headers = Object.fromEntries(request.headers)
      const type = typeOf(headers, await request.text())
      if (type === undefined) {
        refused += 1
        return new Response('the signature is wrong', { status: 401 })
      }
      seen.set(headers['webhook-id'] ?? '', type)
      return new Response(null, { status: 204 })
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}/weir`,
    target: `127.0.0.1:${server.port}`,
    trust: (secret) => void verifiers.push(new Webhook(secret)),
    counts: () => {
      const counts: Record<string, number> = {}
      for (const type of seen.values()) counts[type] = (counts[type] ?? 0) + 1
      return counts
    },
    refused: () => refused,
    stop: () => server.stop(true),
  }
}
