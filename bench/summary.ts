import { progressBar } from '../cli/progress.ts'
import { periodsAfter } from '../src/billing/period.ts'
import { atMost, type Benchmark, figure, type Finding } from './claim.ts'
import type { BenchHouse } from './house.ts'
import { tokenMaker } from './people.ts'
import { readers } from './reads-data.ts'
import { hospitable } from './reads.ts'
import { median } from './statistics.ts'
import { addMonth, bucketsPerMonth, makeEmptyChannel } from './summary-data.ts'

const months = 36
const lastMonth = '2024-12'
const rounds = 41
const mostTimes = 1.2

type Asked = { readonly who: string; readonly path: string; readonly token: string }

/** Everybody's usual question about the last month. */
async function questions(bench: BenchHouse): Promise<Asked[]> {
  const tokenOf = tokenMaker(bench)
  const path = `/api/v1/billing/summary?period=${lastMonth}&groupBy=tenant`
  const people = Object.entries(readers(bench.platformId))
  return Promise.all(people.map(async ([who, person]) => ({ who, path, token: await tokenOf(person) })))
}

async function once({ house }: BenchHouse, { path, token }: Asked): Promise<number> {
  const startedAt = performance.now()
  const response = await fetch(`${house.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  const { data } = (await response.json()) as { data?: unknown[] }
  if (response.status !== 200 || !data?.length) throw new Error(`${path} was answered ${response.status} with no rows`)
  return performance.now() - startedAt
}

/** The middle of some answers' milliseconds; the first ones only warm up. */
async function millisecondsOf(bench: BenchHouse, asked: Asked): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < rounds + 3; round += 1) {
    bench.signal.throwIfAborted()
    times.push(await once(bench, asked))
  }
  return median(times.slice(3))
}

async function measure(bench: BenchHouse, all: readonly Asked[]): Promise<Map<string, number>> {
  await bench.sql`vacuum analyze`
  const found = new Map<string, number>()
  for (const asked of all) found.set(asked.who, await millisecondsOf(bench, asked))
  return found
}

async function run(bench: BenchHouse): Promise<Finding[]> {
  await makeEmptyChannel(bench)
  await addMonth(bench, lastMonth)
  const all = await questions(bench)
  const short = await measure(bench, all)
  const bar = progressBar('history', months, 'months')
  for (let back = 1; back < months; back += 1) {
    bench.signal.throwIfAborted()
    await addMonth(bench, periodsAfter(lastMonth, -back))
    bar.at(back + 1)
  }
  bar.end()
  bench.say(`  ${figure(months * bucketsPerMonth)} buckets in ${months} months`)
  const long = await measure(bench, all)
  return all.map(({ who }): Finding => {
    const [before, after] = [short.get(who) ?? 0, long.get(who) ?? 0]
    return {
      benchmark: 'summary',
      what: `a month as ${who}, in ${months} months`,
      value: after,
      unit: 'ms',
      floor: atMost(after, before * mostTimes, 'ms'),
      goal: null,
      yardstick: { what: 'the same in 1 month', text: `${figure(before)} ms` },
      ratio: before / after,
    }
  })
}

/** A summary takes the same time whatever the history. */
export const summaryBenchmark: Benchmark = {
  name: 'summary',
  claim: `the summary of a month of ${figure(bucketsPerMonth)} buckets, with 1 month of history and with ${months}`,
  house: { workers: 1, more: hospitable },
  run,
}
