import type { Ctx } from '../../platform/context.ts'
import { getJob, type SeenJob } from './service.ts'
import { changesOf } from './watch.ts'

/** Shorter than the silence after which servers and proxies cut a connection. */
const heartbeatMs = 15_000
/** As long as an access token may live: who goes on watching comes back with a fresh one. */
const longestMs = 15 * 60_000

const encoder = new TextEncoder()

/** One event (WHATWG HTML, server-sent events): `progress` while the job goes on, `ended` for the last one. */
const eventOf = ({ job, etag, hasEnded }: SeenJob): Uint8Array =>
  encoder.encode(
    `event: ${hasEnded ? 'ended' : 'progress'}\nid: ${etag.slice(1, -1)}\ndata: ${JSON.stringify(job)}\n\n`,
  )

/**
 * Streams the job's changes until it has ended, the reader is gone or the process stops. @throws notFound before the
 * first byte.
 */
export async function streamJob(ctx: Ctx, id: string, leaving: readonly AbortSignal[]): Promise<Response> {
  const first = await getJob(ctx, id)
  const readerGone = new AbortController()
  const signal = AbortSignal.any([...leaving, readerGone.signal, AbortSignal.timeout(longestMs)])
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void send(ctx, first, signal, controller),
    cancel: () => readerGone.abort(),
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    },
  })
}

async function send(
  ctx: Ctx,
  first: SeenJob,
  signal: AbortSignal,
  out: ReadableStreamDefaultController<Uint8Array>,
): Promise<void> {
  const heartbeat = setInterval(() => out.enqueue(encoder.encode(': still here\n\n')), heartbeatMs)
  // A reader that is gone has closed the stream: nothing may be written any more.
  signal.addEventListener('abort', () => clearInterval(heartbeat), { once: true })
  try {
    for await (const change of changesOf(ctx, first, signal)) if (!signal.aborted) out.enqueue(eventOf(change))
  } catch (error) {
    ctx.log.warn('job.stream_broken', { error })
  } finally {
    clearInterval(heartbeat)
    closeQuietly(out)
  }
}

const closeQuietly = (out: ReadableStreamDefaultController<Uint8Array>): void => {
  try {
    out.close()
  } catch {
    // The reader closed it first.
  }
}
