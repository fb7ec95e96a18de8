import { createServer } from 'node:net'
import { join } from 'node:path'
import { progressBar } from '../cli/progress.ts'
import { supervise } from '../cli/supervise.ts'
import type { BenchHouse } from './house.ts'
import { median } from './statistics.ts'

/** Requests are counted as always, and so many are welcome that none is refused. */
export const hospitable = { WEIR_REQUESTS_PER_MINUTE: '1000000' }

/** Two APIs on one database: the product, and the same without role switch and policies. */
type Rivals = { readonly isolated: string; readonly plain: string }

const freePort = (): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<number>()
  const server = createServer()
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
  })
  return promise
}

/** Starts the yardstick's API beside the house's and waits until it answers. */
export async function openRivals(bench: BenchHouse): Promise<Rivals> {
  const { house, stops, signal, log } = bench
  const port = await freePort()
  const { secret, adminUrl } = house.installation
  const env = { PATH: process.env['PATH'] ?? '', TZ: 'UTC', WEIR_SECRET: secret, DATABASE_URL: adminUrl, ...hospitable }
  const command = [process.execPath, '--no-env-file', join(import.meta.dir, 'plain-api.ts')]
  const plainApi = supervise({
    name: 'plain-api',
    command,
    cwd: join(import.meta.dir, '..'),
    env: { ...env, WEIR_HTTP_PORT: String(port) },
    graceMs: 5_000,
    onLine: (line) => bench.onLine('plain-api', line),
    log,
  })
  stops.add('plain-api', plainApi.stop)
  const plain = `http://localhost:${port}`
  for (const end = Date.now() + 20_000; Date.now() < end; await Bun.sleep(50)) {
    signal.throwIfAborted()
    if ((await fetch(`${plain}/health/ready`).catch(() => undefined))?.ok) return { isolated: house.url, plain }
  }
  throw new Error('the yardstick of isolation did not start: .weir/bench.log says why')
}

/** A read to be measured: paths in turn, one caller. */
export type Reading = { readonly what: string; readonly paths: readonly string[]; readonly token: string }

type Rates = {
  /** Requests per second of all rounds. */
  readonly isolated: number
  readonly plain: number
  /** Middle of the rounds' isolated / plain. */
  readonly ratio: number
}

const connections = 4
const roundMs = 1_500
const rounds = 8

/** How many requests a second are answered over four connections that never wait. @throws for any answer but 200. */
async function requestsPerSecond(url: string, { paths, token }: Reading, forMs: number): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const startedAt = performance.now()
  const until = startedAt + forMs
  let answered = 0
  const read = async (): Promise<void> => {
    while (performance.now() < until) {
      const path = paths[answered % paths.length] ?? ''
      const response = await fetch(`${url}${path}`, { headers })
      const body = await response.arrayBuffer()
      if (response.status !== 200) {
        throw new Error(`${path} was answered ${response.status}: ${new TextDecoder().decode(body).slice(0, 300)}`)
      }
      answered += 1
    }
  }
  await Promise.all(Array.from({ length: connections }, read))
  return (answered * 1000) / (performance.now() - startedAt)
}

/** Both must say the same, or they did not do the same work. */
async function assertSame({ isolated, plain }: Rivals, { paths: [path = ''], token }: Reading): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const texts = await Promise.all(
    [isolated, plain].map(async (url) => (await fetch(`${url}${path}`, { headers })).text()),
  )
  if (texts[0] !== texts[1]) throw new Error(`with and without isolation ${path} has different answers`)
  return texts[0]?.length ?? 0
}

/** Measures both in turn, the first of a round alternating, so that a drift of the machine meets both alike. */
export async function compare(rivals: Rivals, reading: Reading, signal: AbortSignal): Promise<Rates> {
  await assertSame(rivals, reading)
  const sides = [rivals.isolated, rivals.plain]
  for (const url of sides) await requestsPerSecond(url, reading, roundMs)
  const bar = progressBar(reading.what, rounds, 'rounds')
  const found: { isolated: number; plain: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    signal.throwIfAborted()
    const order = round % 2 === 0 ? sides : sides.toReversed()
    const rates = new Map<string, number>()
    for (const url of order) rates.set(url, await requestsPerSecond(url, reading, roundMs))
    found.push({ isolated: rates.get(rivals.isolated) ?? 0, plain: rates.get(rivals.plain) ?? 0 })
    bar.at(round + 1)
  }
  bar.end()
  const mean = (side: 'isolated' | 'plain') => found.reduce((total, round) => total + round[side], 0) / found.length
  const ratio = median(found.map((round) => round.isolated / round.plain))
  return { isolated: mean('isolated'), plain: mean('plain'), ratio }
}
