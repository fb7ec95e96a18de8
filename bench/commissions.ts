import { periodOf, previousPeriod } from '../cli/demo/calendar.ts'
import { progressBar } from '../cli/progress.ts'
import { atMost, type Benchmark, figure, type Finding } from './claim.ts'
import { lines, makeDocuments, partnerIds, percent, size } from './commissions-data.ts'
import type { BenchHouse } from './house.ts'
import { peakOf, watchMemory } from './memory.ts'
import { openPatience } from './patience.ts'
import { tokenMaker } from './people.ts'

/** Asks the API as the platform's administrator. @throws for any other answer than the one that is wanted. */
function openAsk({ house }: BenchHouse, token: string) {
  return async (path: string, body: object, wanted: number): Promise<{ jobId: string }> => {
    const response = await fetch(`${house.url}/api/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const answer = await response.text()
    if (response.status !== wanted) throw new Error(`${path} was answered ${response.status}: ${answer.slice(0, 300)}`)
    return JSON.parse(answer) as { jobId: string }
  }
}

async function untilDone({ sql, signal }: BenchHouse, jobId: string): Promise<void> {
  const bar = progressBar('commission run', lines, 'lines')
  const isMoving = openPatience()
  for (;;) {
    signal.throwIfAborted()
    const [job] = await sql<{ state: string; done: number }[]>`
      select state, coalesce(progress_done, 0)::int as done from job where id = ${jobId}`
    if (!job || ['failed', 'parked', 'cancelled'].includes(job.state)) throw new Error(`the run ended ${job?.state}`)
    bar.at(job.done)
    if (job.state === 'done') break
    isMoving(job.done)
    await Bun.sleep(50)
  }
  bar.end()
}

/** Every line must have earned once, what the rule says of its net. */
async function checkEarnings({ sql, say }: BenchHouse): Promise<void> {
  const [found] = await sql<{ earnings: number; wrong: number; booked: string }[]>`
    select count(earning.id)::int as earnings,
           count(*) filter (where earning.amount is distinct from round(line.net * ${percent}::numeric / 100, 2))::int as wrong,
           (select coalesce(sum(amount), 0)::text from posting where document_type = 'earning') as booked
    from invoice_line line left join earning on earning.invoice_id = line.invoice_id and earning.line = line.line`
  if (found?.earnings !== lines || found.wrong !== 0 || Number(found.booked) !== 0) {
    throw new Error(`of ${lines} lines the database tells ${JSON.stringify(found)}`)
  }
  say(`  ${figure(lines)} earnings: all computed again, the books add up to zero`)
}

/** The same earnings into a table like theirs, in one statement. */
async function insertBare({ sql }: BenchHouse): Promise<number> {
  await sql`create table bench_earning (like earning including all)`
  const startedAt = performance.now()
  await sql`insert into bench_earning select * from earning`
  return (performance.now() - startedAt) / 1000
}

async function run(bench: BenchHouse): Promise<Finding[]> {
  const period = previousPeriod(periodOf(new Date()))
  await makeDocuments(bench, period)
  const organizationId = bench.platformId
  const ask = openAsk(
    bench,
    await tokenMaker(bench)({ role: 'PlatformAdministrator', level: 'platform', organizationId }),
  )
  for (const payeeId of partnerIds()) {
    const tiers = [{ from: '0', to: null, percent }]
    await ask('/commissions/rules', { payeeId, basis: 'net', scope: 'line', tiers, validFrom: `${period}-01` }, 201)
  }
  const memory = watchMemory(bench.house.processes)
  const startedAt = performance.now()
  const { jobId } = await ask('/commissions/runs', { period }, 202)
  await untilDone(bench, jobId)
  const seconds = (performance.now() - startedAt) / 1000
  const peaks = await memory.stop()
  await checkEarnings(bench)
  const bareSeconds = await insertBare(bench)
  const worker = peakOf(peaks, 'worker')
  return [
    {
      benchmark: 'commissions',
      what: `${figure(lines)} lines of ${figure(size.tenants)} documents`,
      value: seconds,
      unit: 's',
      floor: atMost(seconds, 30, 's'),
      goal: atMost(seconds, 5, 's'),
      yardstick: { what: 'bare insert of the same earnings', text: `${figure(bareSeconds)} s` },
      ratio: bareSeconds / seconds,
    },
    {
      benchmark: 'commissions',
      what: 'worker memory, peak',
      value: worker,
      unit: 'MB',
      floor: atMost(worker, 512, 'MB'),
      goal: null,
      yardstick: null,
      ratio: null,
    },
  ]
}

/** A commission run over a month of documents, from the request until every line has earned. */
export const commissionsBenchmark: Benchmark = {
  name: 'commissions',
  claim: `one commission run over ${figure(size.tenants)} issued documents of ${size.skus} lines, with an agent on each`,
  house: { workers: 1 },
  run,
}
