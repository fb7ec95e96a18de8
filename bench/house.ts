import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { type Cli, Refusal } from '../cli/cli.ts'
import { type House, openHouse } from '../cli/house.ts'
import { embeddedStatus, removeEmbedded } from '../src/platform/embedded.ts'
import { type StopList, stopList } from '../src/platform/lifecycle.ts'
import type { Log } from '../src/platform/log.ts'
import { hostOf } from '../src/platform/postgres-url.ts'

/** A Weir of its own, made from nothing: Postgres, API and workers as real processes. */
export type BenchHouse = {
  readonly house: House
  /** The superuser, past every policy: for fixtures, yardsticks and looking at what really is there. */
  readonly sql: postgres.Sql
  readonly platformId: string
  readonly say: (line: string) => void
  /** Where processes of a benchmark put their lines: `.weir/bench.log`. */
  readonly onLine: (name: string, line: string) => void
  readonly log: Log
  /** Aborted when somebody asks to stop. */
  readonly signal: AbortSignal
  /** Stopped with the house, before it. */
  readonly stops: StopList
}

export type BenchHouseOptions = {
  readonly workers: number
  /** Added to the environment of API and workers. */
  readonly more?: Readonly<Record<string, string>>
}

const folder = 'postgres-bench'

/** Benchmarks bring their own Postgres and people, and run with the defaults; a Redis that is named is used. */
export const benchEnvironment = (cli: Cli): Cli => {
  const ours = /^(?:DATABASE_URL|QUEUE_DATABASE_URL|WEIR_.*)$/
  return { ...cli, env: Object.fromEntries(Object.entries(cli.env).filter(([name]) => !ours.test(name))) }
}

/** Starts from nothing, always. @throws Refusal while other benchmarks run: they would disturb each other. */
async function cleanState(cli: Cli): Promise<void> {
  const dir = join(cli.home, folder)
  const { state } = await embeddedStatus(dir)
  if (state === 'running') throw new Refusal('benchmarks run already, or were killed: ./weir down stops them')
  if (state === 'stopped') await removeEmbedded({ dir, log: cli.log })
}

/** Its password is hashed and then forgotten: benchmarks bring their own tokens. */
const administrator = { email: 'admin@bench.example', password: Bun.randomUUIDv7() }

/** Opens a house, runs `work` in it and closes it again, whatever happens; a signal closes it too. */
export async function withHouse<T>(
  cli: Cli,
  options: BenchHouseOptions,
  outer: { stops: StopList; signal: AbortSignal },
  work: (bench: BenchHouse) => Promise<T>,
): Promise<T> {
  await mkdir(cli.home, { recursive: true })
  await cleanState(cli)
  const stops = stopList(cli.log)
  outer.stops.add('bench house', stops.close)
  const { signal } = outer
  try {
    const logFile = createWriteStream(join(cli.home, 'bench.log'))
    stops.add('log file', () => void logFile.end())
    const onLine = (name: string, line: string): void => void logFile.write(`${name} ${line}\n`)
    const { workers, more = {} } = options
    const house = await openHouse(cli, { folder, administrator, workers, onLine, more, stops, signal })
    const sql = postgres(house.installation.adminUrl, {
      ...hostOf(house.installation.adminUrl),
      max: 1,
      onnotice: () => undefined,
    })
    stops.add('superuser', () => sql.end({ timeout: 1 }))
    signal.addEventListener('abort', () => void sql.end({ timeout: 0 }), { once: true })
    const [platform] = await sql<{ id: string }[]>`select id from organization where level = 'platform'`
    if (!platform) throw new Error('invariant broken: a house has its platform')
    return await Promise.race([
      work({ house, sql, platformId: platform.id, say: cli.say, onLine, log: cli.log, signal, stops }),
      house.fallen.then((name) => Promise.reject(new Refusal(`the ${name} process ended: .weir/bench.log says why`))),
    ])
  } finally {
    await stops.close()
  }
}
