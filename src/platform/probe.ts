import { createHash, timingSafeEqual } from 'node:crypto'
import type { Metrics } from './metrics.ts'

/** What a process without an API shows to its operator. */
type Probe = { readonly port: number; stop(): Promise<void> }

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/** True when no token is configured, or the header carries exactly it. Takes the same time for every wrong token. */
export function mayReadMetrics(authorization: string | null | undefined, token: string | undefined): boolean {
  if (token === undefined) return true
  return timingSafeEqual(sha256(`Bearer ${token}`), sha256(authorization ?? ''))
}

/**
 * Serves `/health/live`, `/health/ready` and `/metrics` for a process that has no API, such as a worker.
 * Ready is 503 while `isReady` answers false or fails. Port 0 takes a free one; the answer names it.
 */
export function serveProbe(options: {
  host: string
  port: number
  isReady: () => Promise<boolean>
  metrics: Metrics
  metricsToken: string | undefined
}): Probe {
  const { isReady, metrics, metricsToken } = options
  const server = Bun.serve({
    hostname: options.host,
    port: options.port,
    routes: {
      '/health/live': () => Response.json({ status: 'live' }),
      '/health/ready': async () => {
        const ready = await isReady().catch(() => false)
        return Response.json({ status: ready ? 'ready' : 'not_ready' }, { status: ready ? 200 : 503 })
      },
      '/metrics': async (request) =>
        mayReadMetrics(request.headers.get('authorization'), metricsToken)
          ? new Response(await metrics.render(), { headers: { 'content-type': metrics.contentType } })
          : new Response(null, { status: 401, headers: { 'www-authenticate': 'Bearer' } }),
    },
    fetch: () => new Response(null, { status: 404 }),
  })
  return { port: server.port ?? options.port, stop: () => server.stop() }
}
