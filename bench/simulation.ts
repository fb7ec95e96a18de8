import { periodOf, previousPeriod } from '../cli/demo/calendar.ts'
import { progressBar } from '../cli/progress.ts'
import { makeMonth, size } from './billing-data.ts'
import { makeRegion } from './channel.ts'
import { atMost, type Benchmark, figure, type Finding } from './claim.ts'
import type { BenchHouse } from './house.ts'
import { peakOf, watchMemory } from './memory.ts'
import { openPatience } from './patience.ts'
import { tokenMaker } from './people.ts'

const days = 30
/** Every tenant's usage of every SKU, on the platform's own edge. */
const lines = size.tenants * size.skus

type Answer = { readonly jobId?: string; readonly simulationId?: string; readonly priceList?: { readonly id: string } }

async function post({ house }: BenchHouse, token: string, path: string, body: object, status: number): Promise<Answer> {
  const response = await fetch(`${house.url}/api/v1/pricing/${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = await response.text()
  if (response.status !== status) throw new Error(`${path} was answered ${response.status}: ${answer}`)
  return JSON.parse(answer) as Answer
}

/** Raises the platform's own list by a tenth, in a draft. */
async function makeDraft(bench: BenchHouse, token: string): Promise<string> {
  const [list] = await bench.sql<{ id: string }[]>`
    select list.id from price_list list join price_rate on price_rate.price_list_id = list.id
    where list.seller_id = ${bench.platformId} and list.kind = 'sale' group by list.id order by count(*) desc limit 1`
  if (!list) throw new Error('the channel has no list of the platform')
  const body = { percent: '10', validFrom: '2999-01-01', code: 'bench-simulation' }
  const { priceList } = await post(bench, token, `price-lists/${list.id}/increase`, body, 201)
  if (!priceList) throw new Error('the increase made no draft')
  return priceList.id
}

async function untilDone({ sql, signal }: BenchHouse, jobId: string): Promise<void> {
  const bar = progressBar('simulation', size.tenants, 'tenants')
  const isMoving = openPatience()
  for (;;) {
    signal.throwIfAborted()
    const [job] = await sql<{ state: string; done: number }[]>`
      select state, progress_done::int as done from job where id = ${jobId}`
    if (job?.state === 'done') break
    if (!job || !['queued', 'running'].includes(job.state)) throw new Error(`the simulation ended ${job?.state}`)
    isMoving(job.done)
    bar.at(job.done)
    await Bun.sleep(100)
  }
  bar.end()
}

async function checkRows({ sql }: BenchHouse, simulationId: string): Promise<void> {
  const [row] = await sql`
    select coalesce(sum(lines), 0)::int as lines, coalesce(sum(after - before) > 0, false) as rose,
           coalesce(sum(parked_before + parked_after), 0)::int as parked
    from price_simulation_row where simulation_id = ${simulationId}`
  if (row?.['lines'] !== lines || !row['rose'] || row['parked'] !== 0) {
    throw new Error(`the simulation is wrong: ${JSON.stringify(row)}`)
  }
}

async function run(bench: BenchHouse): Promise<Finding[]> {
  const period = previousPeriod(periodOf(new Date()))
  await makeMonth(bench, await makeRegion(bench.sql, 'bench'), period, days)
  const tokenOf = tokenMaker(bench)
  const token = await tokenOf({ role: 'PlatformAdministrator', level: 'platform', organizationId: bench.platformId })
  const priceListId = await makeDraft(bench, token)
  const memory = watchMemory(bench.house.processes)
  const startedAt = performance.now()
  const { jobId, simulationId } = await post(bench, token, 'simulations', { period, priceListId }, 202)
  if (!jobId || !simulationId) throw new Error('the simulation was not accepted')
  await untilDone(bench, jobId)
  const seconds = (performance.now() - startedAt) / 1000
  const worker = peakOf(await memory.stop(), 'worker')
  await checkRows(bench, simulationId)
  const common = { benchmark: 'simulation', goal: null, yardstick: null, ratio: null }
  return [
    {
      ...common,
      what: `${figure(lines)} lines rated twice`,
      value: seconds,
      unit: 's',
      floor: atMost(seconds, 120, 's'),
    },
    { ...common, what: 'worker memory, peak', value: worker, unit: 'MB', floor: atMost(worker, 512, 'MB') },
  ]
}

/** A month of the platform's own edges, with every price raised by a tenth. */
export const simulationBenchmark: Benchmark = {
  name: 'simulation',
  claim: `a month of ${figure(size.tenants)} tenants with ${size.skus} lines of ${days} days each, replayed with another list`,
  house: { workers: 1 },
  run,
}
