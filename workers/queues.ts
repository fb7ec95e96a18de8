import { Queue, Worker, createPostgresBackend, withBackend, type Job, type WorkerOptions } from 'bullmq'
import { Redis } from 'ioredis'
import { Pool } from 'pg'
import type { QueueName } from '../src/platform/jobs.ts'
import type { Log } from '../src/platform/log.ts'
import { throttledErrors } from './report.ts'

// The one place where BullMQ objects are made. They carry ids; Postgres says what is to be done about them.

/** Where doorbells are rung: Redis for production, the same Postgres for small installations and tests. */
export type QueueConnection =
  | { readonly kind: 'redis'; readonly url: string; readonly prefix: string }
  | { readonly kind: 'postgres'; readonly url: string }

/** A ring: whose id, and a name under which the same ring is not repeated while it waits or is being answered. */
type Bell = { readonly id: string; readonly name: string }

/** The doorbells of all queues on one transport. */
export type Queues = {
  /** Rings once per bell, in one call. Fails soon, never hangs, when the transport does not answer. */
  ring(queue: QueueName, bells: readonly Bell[]): Promise<void>
  /** Calls `answer` with the id of each bell, at most `concurrency` at a time. An error is logged; nothing is repeated. */
  listen(queue: QueueName, concurrency: number, answer: (id: string) => Promise<void>): void
  /** Takes no more rings and waits for the answers in hand. */
  hush(): Promise<void>
  close(): Promise<void>
}

type Data = { id: string }
type Listener = { close(): Promise<void>; getBackend(): { close(force?: boolean): Promise<void> } }
type Ringer = { addBulk(jobs: { name: string; data: Data; opts: object }[]): Promise<unknown>; close(): Promise<void> }
type Transport = {
  makeRinger(queue: QueueName): Ringer
  makeListener(queue: QueueName, answer: (job: Job<Data>) => Promise<void>, options: ListenerOptions): Listener
  close(): Promise<void>
}
type ListenerOptions = Omit<WorkerOptions, 'connection'>

/** Opens the transport lazily: it need not answer yet. */
export function openQueues(connection: QueueConnection, log: Log): Queues {
  const transport = connection.kind === 'redis' ? overRedis(connection, log) : overPostgres(connection.url, log)
  const ringers = new Map<QueueName, Ringer>()
  const hushes: (() => Promise<void>)[] = []
  const ringerOf = (queue: QueueName): Ringer => {
    const known = ringers.get(queue) ?? transport.makeRinger(queue)
    ringers.set(queue, known)
    return known
  }
  const hush = async (): Promise<void> => void (await Promise.all(hushes.splice(0).map((one) => one())))
  return {
    async ring(queue, bells) {
      // Removed when answered: a bell that is rung again because nobody took the job must be a new one.
      const opts = { attempts: 1, removeOnComplete: true, removeOnFail: true }
      const jobs = bells.map((bell) => ({ name: queue, data: { id: bell.id }, opts: { ...opts, jobId: bell.name } }))
      if (jobs.length > 0) await ringerOf(queue).addBulk(jobs)
    },
    listen(queue, concurrency, answer) {
      const inHand = new Set<Promise<void>>()
      const answerOne = (job: Job<Data>): Promise<void> => {
        const answering = answer(job.data.id).finally(() => inHand.delete(answering))
        inHand.add(answering)
        return answering
      }
      const listener = transport.makeListener(queue, answerOne, { concurrency, ...patience })
      hushes.push(() => closeListener(listener, inHand, throttledErrors(log, 'queue.not_closed', { queue })))
    },
    hush,
    async close() {
      await hush()
      await Promise.all([...ringers.values()].map((ringer) => ringer.close()))
      await transport.close()
    },
  }
}

const closePatienceMs = 1_000

/** Waits for the answers in hand. A transport that is down would keep the listener from closing, so it is cut then. */
async function closeListener(
  listener: Listener,
  inHand: ReadonlySet<Promise<void>>,
  report: (error: unknown) => void,
): Promise<void> {
  const closed = new AbortController()
  const closing = listener
    .close()
    .catch(report)
    .finally(() => closed.abort())
  const cut = async (): Promise<void> => {
    while (inHand.size > 0) await Promise.allSettled(inHand)
    await Bun.sleep(closePatienceMs)
    if (!closed.signal.aborted) await listener.getBackend().close(true).catch(report)
  }
  await Promise.race([closing, cut()])
}

/** BullMQ's own lock decides nothing here, so a bell whose listener died may be heard again soon. */
const patience = { lockDuration: 10_000, stalledInterval: 5_000, runRetryDelay: 1_000, drainDelay: 5 }

/** Sixty listeners on one pool or client are ours, not a leak. */
const maxListeners = 64

function overPostgres(url: string, log: Log): Transport {
  const backed = withBackend(createPostgresBackend)
  // One pool for all objects; each listener keeps one connection of it for LISTEN.
  const pool = new Pool({
    connectionString: url,
    max: 12,
    keepAlive: true,
    idleTimeoutMillis: 10_000,
    connectionTimeoutMillis: 5_000,
    application_name: 'weir-queue',
    options: '-c search_path=bullmq -c statement_timeout=10000',
  })
  pool.setMaxListeners(maxListeners)
  return {
    makeRinger: (queue) => watched(new backed.Queue<Data>(queue, { connection: pool }), queue, log),
    makeListener: (queue, answer, options) =>
      watched(new backed.Worker<Data>(queue, answer, { connection: pool, ...options }), queue, log),
    close: () => pool.end(),
  }
}

function overRedis({ url, prefix }: { url: string; prefix: string }, log: Log): Transport {
  const report = throttledErrors(log, 'queue.redis_error')
  const open = (options: object): Redis => {
    const client = new Redis(url, {
      ...options,
      connectionName: 'weir',
      retryStrategy: (times) => Math.min(times * 100, 2_000),
    })
    client.setMaxListeners(maxListeners)
    client.on('error', report)
    return client
  }
  // The relay must hear "no" at once when Redis is down; a listener waits until it is back.
  const ringing = open({ enableOfflineQueue: false, maxRetriesPerRequest: 0, commandTimeout: 5_000 })
  const listening = open({ maxRetriesPerRequest: null })
  void checkDurability(listening, log)
  // Braces keep the keys of one queue on one node of a cluster.
  const keysOf = (queue: QueueName): string => `{${prefix}:${queue}}`
  return {
    makeRinger: (queue) => {
      const options = { connection: ringing, skipWaitingForReady: true, skipVersionCheck: true, skipMetasUpdate: true }
      return watched(new Queue<Data>(queue, { ...options, prefix: keysOf(queue) }), queue, log)
    },
    makeListener: (queue, answer, options) =>
      watched(
        new Worker<Data>(queue, answer, { connection: listening, prefix: keysOf(queue), ...options }),
        queue,
        log,
      ),
    async close() {
      ringing.disconnect()
      listening.disconnect()
    },
  }
}

/** Warns when this Redis may forget what it acknowledged. Nothing is lost then, but everything waits for the sweeper. */
async function checkDurability(redis: Redis, log: Log): Promise<void> {
  try {
    const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')])
    const policy = /maxmemory_policy:(\S+)/.exec(memory)?.[1]
    if (policy !== 'noeviction') log.warn('queue.redis_may_evict', { policy, wanted: 'noeviction' })
    if (!persistence.includes('aof_enabled:1')) log.warn('queue.redis_is_not_durable', { wanted: 'appendonly yes' })
  } catch (error) {
    log.warn('queue.redis_not_checked', { error })
  }
}

/** Without an error listener an unreachable transport would end the process. */
function watched<T extends { on(event: 'error', listener: (error: Error) => void): unknown }>(
  object: T,
  queue: QueueName,
  log: Log,
): T {
  object.on('error', throttledErrors(log, 'queue.error', { queue }))
  return object
}
