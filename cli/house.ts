import { createServer } from 'node:net'
import { join } from 'node:path'
import type { StopList } from '../src/platform/lifecycle.ts'
import { type Cli, Refusal } from './cli.ts'
import {
  type FirstAdministrator,
  type Installation,
  loginsOf,
  openInstallation,
  prepareDatabase,
  urlAs,
} from './installation.ts'
import { supervise, type Supervised } from './supervise.ts'

/** Postgres, API and workers, up and ready. */
export type House = {
  readonly installation: Installation
  /** Where the API answers, without a slash at the end. */
  readonly url: string
  readonly transport: 'Redis' | 'Postgres'
  readonly processes: readonly Supervised[]
  /** Resolves with the name of a process that did not stay up. */
  readonly fallen: Promise<string>
}

const stopGraceMs = 15_000
const readyMs = 60_000
const defaultPort = 8080

const isFree = (port: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  return promise
}

const choosePort = async (cli: Cli): Promise<string> => {
  const wanted = cli.env['WEIR_HTTP_PORT']?.trim()
  if (wanted && wanted !== '0') return wanted
  for (let port = defaultPort; port < defaultPort + 100; port += 1) if (await isFree(port)) return String(port)
  throw new Error(`no free port from ${defaultPort} on`)
}

/** What the children may see of our environment: never the superuser's URL, nor a setting meant for another process. */
const passedOn = (cli: Cli): Record<string, string> => {
  const own = /^(?:DATABASE_URL|QUEUE_DATABASE_URL|WEIR_(?:ADMIN|API|WORKER|QUEUE)_.*PASSWORD|NODE_CHANNEL_.*)$/
  return Object.fromEntries(
    Object.entries(cli.env).filter((entry): entry is [string, string] => entry[1] !== undefined && !own.test(entry[0])),
  )
}

const untilReady = async (url: string, fallen: Promise<string>, signal: AbortSignal): Promise<void> => {
  let gone: string | undefined
  void fallen.then((name) => (gone = name))
  for (const end = Date.now() + readyMs; ; await Bun.sleep(50)) {
    signal.throwIfAborted()
    const answer = await fetch(`${url}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    if (gone !== undefined) throw new Refusal(`the ${gone} process does not stay up: its last lines say why`)
    if (Date.now() > end) throw new Refusal(`the API was not ready after ${readyMs} ms`)
  }
}

/**
 * Batches come and go by the megabyte. The allocator gives memory back to the system after two seconds, not after ten
 * milliseconds: measured, an eighth more records a second, since what was given back must be cleared before it comes again.
 */
const allocator = { MIMALLOC_PURGE_DELAY: '2000' }

type HouseOptions = {
  /** The private Postgres lives in `.weir/<folder>`, where the environment names none. */
  readonly folder: string
  readonly administrator: FirstAdministrator | undefined
  readonly workers: number
  readonly onLine: (name: string, line: string) => void
  /** Added to the environment of all processes. */
  readonly more?: Readonly<Record<string, string>>
  readonly stops: StopList
  readonly signal: AbortSignal
}

/**
 * Brings up Postgres, migrates it, and runs one API and some workers on it, each under supervision and each with its own
 * login. Answers when the API is ready. Everything is in `stops` from the moment that it runs: API, workers and Postgres
 * stop in this order. @throws when `signal` is aborted meanwhile.
 */
export async function openHouse(cli: Cli, options: HouseOptions): Promise<House> {
  const { stops, signal, onLine } = options
  const installation = await openInstallation(cli, options.folder)
  stops.add('postgres', installation.stop)
  signal.throwIfAborted()
  await prepareDatabase(cli, installation, options.administrator)
  signal.throwIfAborted()
  const { adminUrl, secret } = installation
  const logins = loginsOf(cli, secret)
  const port = await choosePort(cli)
  const isOnRedis = Boolean(cli.env['REDIS_URL']?.trim())
  const shared = { ...passedOn(cli), ...allocator, TZ: 'UTC', WEIR_SECRET: secret, ...options.more }
  const run = (name: string, file: string, own: Record<string, string>): Supervised => {
    const command = [process.execPath, '--no-env-file', join(cli.root, file)]
    const say = (line: string): void => onLine(name, line)
    const env = { ...shared, ...own }
    const program = supervise({ name, command, cwd: cli.root, env, graceMs: stopGraceMs, onLine: say, log: cli.log })
    stops.add(name, program.stop)
    return program
  }
  const workerEnv = {
    DATABASE_URL: urlAs(adminUrl, 'weir_worker', logins.worker),
    ...(isOnRedis ? {} : { QUEUE_DATABASE_URL: urlAs(adminUrl, 'weir_queue', logins.queue) }),
    ...(options.workers > 1 ? { WEIR_WORKER_HTTP_PORT: '0' } : {}),
  }
  const names = Array.from({ length: options.workers }, (_, at) => `worker-${at + 1}`)
  const workers = names.map((name) => run(name, 'workers/main.ts', workerEnv))
  const apiEnv = { DATABASE_URL: urlAs(adminUrl, 'weir_api', logins.api), WEIR_HTTP_PORT: port }
  const processes = [run('api', 'src/main.ts', apiEnv), ...workers]
  const fallen = Promise.race(processes.map((one) => one.givenUp.then(() => one.name)))
  const url = `http://localhost:${port}`
  await untilReady(url, fallen, signal)
  return { installation, url, transport: isOnRedis ? 'Redis' : 'Postgres', processes, fallen }
}
