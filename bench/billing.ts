import { periodOf, previousPeriod } from '../cli/demo/calendar.ts'
import { progressBar } from '../cli/progress.ts'
import { readBooks } from './billing-check.ts'
import { documents, lines, makeMonth, size } from './billing-data.ts'
import { makeRegion, idOf, kinds } from './channel.ts'
import { atMost, type Benchmark, figure, type Finding } from './claim.ts'
import type { BenchHouse } from './house.ts'
import { peakOf, watchMemory } from './memory.ts'
import { openPatience } from './patience.ts'
import { type Person, tokenMaker } from './people.ts'

/** A month of daily figures below each line: what rating adds up. */
const days = 30

/** The administrators of all who sell: the platform, the distributors, the partners. */
const sellersOf = (platformId: string): Person[] => [
  { role: 'PlatformAdministrator', level: 'platform', organizationId: platformId },
  ...Array.from({ length: size.distributors }, (_, number): Person => {
    const id = idOf(kinds.distributor, number)
    return { role: 'DistributorAdministrator', level: 'distributor', organizationId: id, distributorId: id }
  }),
  ...Array.from({ length: size.partners }, (_, number): Person => {
    const [id, distributorId] = [idOf(kinds.partner, number), idOf(kinds.distributor, number % size.distributors)]
    const place = { organizationId: id, partnerId: id, distributorId, sellerId: distributorId }
    return { role: 'PartnerAdministrator', level: 'partner', ...place }
  }),
]

/** Starts every seller's run over the API, all at once, and waits until each is done. Answers the seconds of all. */
async function billEverybody(bench: BenchHouse, period: string): Promise<number> {
  const tokenOf = tokenMaker(bench)
  const tokens = await Promise.all(sellersOf(bench.platformId).map(tokenOf))
  const startedAt = performance.now()
  await Promise.all(tokens.map((token) => startRun(bench, token, period)))
  const phases = await untilDone(bench, tokens.length, startedAt)
  bench.say(`  ${phases}`)
  return (performance.now() - startedAt) / 1000
}

async function startRun({ house }: BenchHouse, token: string, period: string): Promise<void> {
  const response = await fetch(`${house.url}/api/v1/billing/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ period, issue: true }),
  })
  const answer = await response.text()
  if (response.status !== 202) throw new Error(`a billing run was answered ${response.status}: ${answer}`)
}

type RunCounts = { done: number; issued: number; ended: number; rated: number; percent: number }

/** Answers when the first and the last run were through with rating and with everything. */
async function untilDone({ sql, signal }: BenchHouse, runs: number, startedAt: number): Promise<string> {
  const bar = progressBar('billing runs', runs * 100, 'percent')
  const seconds = () => figure((performance.now() - startedAt) / 1000)
  const isMoving = openPatience()
  let ratedAt = ''
  let firstDoneAt = ''
  for (;;) {
    signal.throwIfAborted()
    const [counts] = await sql<RunCounts[]>`
      select count(*) filter (where run.state = 'done')::int as done, count(*) filter (where run.state = 'cancelled'
               or job.state in ('failed', 'parked', 'cancelled'))::int as ended,
             count(*) filter (where run.state in ('issuing', 'done'))::int as rated, sum(issued)::int as issued,
             sum(case run.state when 'done' then 100 else job.progress_done end)::int as percent
      from billing_run run join job on job.id = run.job_id`
    if (!counts || counts.ended > 0) throw new Error(`${counts?.ended} billing runs did not end well`)
    isMoving(counts.percent)
    bar.at(counts.percent)
    if (counts.rated === runs && ratedAt === '') ratedAt = seconds()
    if (counts.done > 0 && firstDoneAt === '') firstDoneAt = seconds()
    if (counts.done === runs) break
    await Bun.sleep(100)
  }
  bar.end()
  return `first run done after ${firstDoneAt} s, all drafted after ${ratedAt} s, all issued after ${seconds()} s`
}

/** The same lines into a table like theirs, in one statement. */
async function insertBare({ sql }: BenchHouse): Promise<number> {
  await sql`create table bench_line (like invoice_line including all)`
  const startedAt = performance.now()
  const { count } = await sql`insert into bench_line select * from invoice_line`
  if (count !== lines) throw new Error(`${count} lines were inserted instead of ${lines}`)
  return (performance.now() - startedAt) / 1000
}

async function checkBooks({ sql, say }: BenchHouse, period: string): Promise<void> {
  const books = await readBooks(sql, period)
  const { issued, sellers } = books
  const faults = { wrongTotals: books.wrongTotals, wrongSeries: books.wrongSeries, wrongLines: books.wrongLines }
  const isWhole = issued === documents && books.lines === lines && sellers === 1 + size.distributors + size.partners
  const isRight = Object.values(faults).every((count) => count === 0) && books.imbalance === '0'
  if (!isWhole || !isRight) throw new Error(`the books are wrong: ${JSON.stringify(books)}`)
  say(
    `  ${figure(issued)} documents of ${sellers} sellers, ${figure(lines)} lines: all computed again, numbers gapless`,
  )
}

async function run(bench: BenchHouse): Promise<Finding[]> {
  const period = previousPeriod(periodOf(new Date()))
  await makeMonth(bench, await makeRegion(bench.sql, 'bench'), period, days)
  const memory = watchMemory(bench.house.processes)
  const seconds = await billEverybody(bench, period)
  const peaks = await memory.stop()
  await checkBooks(bench, period)
  const bareSeconds = await insertBare(bench)
  const worker = peakOf(peaks, 'worker')
  const common = { benchmark: 'billing', goal: null, yardstick: null, ratio: null }
  return [
    {
      ...common,
      what: `${figure(lines)} buckets on ${figure(documents)} issued documents`,
      value: seconds,
      unit: 's',
      floor: atMost(seconds, 120, 's'),
      goal: atMost(seconds, 30, 's'),
      yardstick: { what: 'bare insert of the same lines', text: `${figure(bareSeconds)} s` },
      ratio: bareSeconds / seconds,
    },
    { ...common, what: 'worker memory, peak', value: worker, unit: 'MB', floor: atMost(worker, 512, 'MB') },
    { ...common, what: 'API memory, peak', value: peakOf(peaks, 'api'), unit: 'MB', floor: null },
  ]
}

/** A month of a whole channel, one run per seller, all started together. */
export const billingBenchmark: Benchmark = {
  name: 'billing',
  claim: `${figure(size.tenants)} tenants with ${size.skus} lines of ${days} days each, ${1 + size.distributors + size.partners} sellers at once, to issued documents`,
  house: { workers: 1 },
  run,
}
