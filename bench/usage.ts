import { progressBar } from '../cli/progress.ts'
import { newId } from '../src/platform/ids.ts'
import { type ChannelSize, makeChannel, makeRegion } from './channel.ts'
import { atLeast, atMost, type Benchmark, figure, type Finding, shareOf } from './claim.ts'
import type { BenchHouse } from './house.ts'
import { peakOf, watchMemory } from './memory.ts'
import { openPatience } from './patience.ts'
import { tokenMaker } from './people.ts'
import { percentile } from './statistics.ts'
import { bodyOf, recordsOf, type UsagePlan } from './usage-data.ts'
import { insertBare } from './usage-yardstick.ts'

const batchRecords = 5_000
const batches = 200
/** Sent before the clock starts: the first requests of a process pay for compiling its routes. */
const warmUpBatches = 8
const connections = 4
const region = 'bench'
/** Half of the subscriptions are metered over HTTP, the other half, of the same tenants, by the yardstick. */
const size: ChannelSize = { distributors: 2, partners: 8, tenants: 40, subscriptionsPerTenant: 20, skus: 5 }
const meteredSubscriptions = (size.tenants * size.subscriptionsPerTenant) / 2

/** The beginning of the last month that is over: all of it may be posted, and nothing of it is late. */
const startOfLastMonth = (): Date => {
  const now = new Date()
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1, 1))
}

type Posted = { readonly seconds: number; readonly answerMs: readonly number[] }

/**
 * Posts bodies over a few connections, each the next as soon as it has its 202, until every record is countable. `before`
 * batches have been posted already.
 */
async function postAll(
  bench: BenchHouse,
  bodies: readonly Uint8Array<ArrayBuffer>[],
  token: string,
  before: number,
): Promise<Posted> {
  const bar = progressBar(before === 0 ? 'warm-up' : 'usage', bodies.length * batchRecords, 'records')
  const url = `${bench.house.url}/api/v1/usage?region=${region}`
  const answerMs: number[] = []
  const waiting = bodies.values()
  const startedAt = performance.now()
  const post = async (): Promise<void> => {
    for (const body of waiting) {
      bench.signal.throwIfAborted()
      const sentAt = performance.now()
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'gzip',
        'idempotency-key': newId(),
      }
      const response = await fetch(url, { method: 'POST', headers, body })
      const answer = await response.text()
      answerMs.push(performance.now() - sentAt)
      if (response.status !== 202) throw new Error(`a batch was answered ${response.status}: ${answer.slice(0, 300)}`)
    }
  }
  const posting = Promise.all(Array.from({ length: connections }, post))
  const onDone = (done: number): void => bar.at((done - before) * batchRecords)
  await Promise.all([posting, untilCountable(bench, before + bodies.length, onDone)])
  const seconds = (performance.now() - startedAt) / 1000
  bar.end()
  return { seconds, answerMs }
}

async function untilCountable(bench: BenchHouse, wanted: number, onDone: (done: number) => void): Promise<void> {
  const isMoving = openPatience()
  for (let done = 0; done < wanted; await Bun.sleep(50)) {
    bench.signal.throwIfAborted()
    const [jobs] = await bench.sql<{ done: number; ended: number }[]>`
      select count(*) filter (where state = 'done')::int as done,
             count(*) filter (where state in ('failed', 'parked', 'cancelled'))::int as ended
      from job where kind = 'usage.ingest_batch'`
    if (jobs && jobs.ended > 0) throw new Error(`${jobs.ended} usage jobs did not end well`)
    done = jobs?.done ?? 0
    isMoving(done)
    onDone(done)
  }
}

/** Every record must be there once, in the events, in the daily sums and in the receipts. */
async function checkCounts({ sql }: BenchHouse, regionId: string, sent: number): Promise<void> {
  const [found] = await sql<
    { events: number; counted: number; accepted: number; quantity: string; events_quantity: string }[]
  >`
    select (select count(*)::int from usage_event where region_id = ${regionId}) as events,
           (select sum(records)::int from usage_daily where region_id = ${regionId}) as counted,
           (select sum(accepted)::int from usage_batch where region_id = ${regionId}) as accepted,
           (select sum(sum_quantity)::text from usage_daily where region_id = ${regionId}) as quantity,
           (select sum(quantity)::text from usage_event where region_id = ${regionId}) as events_quantity`
  const isRight = found && [found.events, found.counted, found.accepted].every((count) => count === sent)
  if (!isRight || found.quantity !== found.events_quantity) {
    throw new Error(`of ${sent} records the database tells ${JSON.stringify(found)}`)
  }
}

async function run(bench: BenchHouse): Promise<Finding[]> {
  const { sql, platformId, say } = bench
  await makeChannel(sql, platformId, size)
  const regionId = await makeRegion(sql, region)
  const bareRegionId = await makeRegion(sql, 'bare')
  const common = { tenants: size.tenants, skus: size.skus, from: startOfLastMonth() }
  const sentPlan: UsagePlan = { ...common, metered: { first: 0, count: meteredSubscriptions } }
  const barePlan: UsagePlan = { ...common, metered: { first: meteredSubscriptions, count: meteredSubscriptions } }
  await sql`select usage_event_ensure_month(${common.from.toISOString().slice(0, 10)}::date)`
  await sql`vacuum analyze`
  const bodies = Array.from({ length: warmUpBatches + batches }, (_, index) =>
    bodyOf(recordsOf(sentPlan, index * batchRecords, batchRecords)),
  )
  // Half before and half after, so that neither side has the emptier tables.
  const half = { count: (batches / 4) * batchRecords, batch: batchRecords, regionId: bareRegionId }
  const before = await insertBare(bench, barePlan, { ...half, first: 0 })
  await sql`checkpoint`
  const token = await tokenMaker(bench)({ role: 'PlatformService', level: 'platform', organizationId: platformId })
  await postAll(bench, bodies.slice(0, warmUpBatches), token, 0)
  const memory = watchMemory(bench.house.processes)
  const posted = await postAll(bench, bodies.slice(warmUpBatches), token, warmUpBatches)
  const peaks = await memory.stop()
  await checkCounts(bench, regionId, bodies.length * batchRecords)
  const after = await insertBare(bench, barePlan, { ...half, first: half.count })
  const bare = (before.records + after.records) / (before.seconds + after.seconds)
  say(
    `  bare insert ${figure(before.records / before.seconds)}/s before, ${figure(after.records / after.seconds)}/s after`,
  )
  return findingsOf(posted, bare, peaks)
}

function findingsOf({ seconds, answerMs }: Posted, bare: number, peaks: ReadonlyMap<string, number>): Finding[] {
  const rate = (batches * batchRecords) / seconds
  const p99 = percentile(answerMs, 0.99)
  const benchmark = 'usage'
  const none = { floor: null, goal: null, yardstick: null, ratio: null }
  return [
    {
      benchmark,
      what: 'records countable',
      value: rate,
      unit: 'records/s',
      floor: atLeast(rate, 20_000, 'records/s'),
      goal: shareOf(rate / bare, 0.5),
      yardstick: { what: 'bare insert from unnest, one writer', text: `${figure(bare)} records/s` },
      ratio: rate / bare,
    },
    { ...none, benchmark, what: 'the 202, median', value: percentile(answerMs, 0.5), unit: 'ms' },
    { ...none, benchmark, what: 'the 202, p99', value: p99, unit: 'ms', floor: atMost(p99, 250, 'ms') },
    { ...none, benchmark, what: 'API memory, peak', value: peakOf(peaks, 'api'), unit: 'MB' },
    { ...none, benchmark, what: 'worker memory, peak', value: peakOf(peaks, 'worker'), unit: 'MB' },
  ]
}

/** HTTP batches through the queue until their records can be counted. */
export const usageBenchmark: Benchmark = {
  name: 'usage',
  claim: `${batches} HTTP batches of ${figure(batchRecords)} records over ${connections} connections until all are countable`,
  house: { workers: 1 },
  run,
}
