import { atLeast, type Benchmark, figure, type Finding, shareOf } from './claim.ts'
import type { BenchHouse } from './house.ts'
import { tokenMaker } from './people.ts'
import { makeDocuments, readers } from './reads-data.ts'
import { compare, hospitable, openRivals, type Reading } from './reads.ts'

const page = '/api/v1/invoices?limit=50'

/** The invoices of the first page, each by its id in turn. */
async function pathsById({ house }: BenchHouse, token: string): Promise<string[]> {
  const response = await fetch(`${house.url}${page}`, { headers: { authorization: `Bearer ${token}` } })
  const { data } = (await response.json()) as { data: { id: string }[] }
  return data.map(({ id }) => `/api/v1/invoices/${id}`)
}

async function run(bench: BenchHouse): Promise<Finding[]> {
  await makeDocuments(bench)
  const rivals = await openRivals(bench)
  const token = await tokenMaker(bench)(readers(bench.platformId).partner)
  const measure = async (reading: Reading, floor: number): Promise<Finding> => {
    const rates = await compare(rivals, reading, bench.signal)
    return {
      benchmark: 'read',
      what: reading.what,
      value: rates.isolated,
      unit: 'requests/s',
      floor: atLeast(rates.isolated, floor, 'requests/s'),
      goal: shareOf(rates.ratio, 0.8),
      yardstick: { what: 'no role switch, no policies', text: `${figure(rates.plain)} requests/s` },
      ratio: rates.ratio,
    }
  }
  const byId = await measure({ what: 'invoice by id', paths: await pathsById(bench, token), token }, 3_000)
  return [byId, await measure({ what: 'page of 50 invoices', paths: [page], token }, 2_000)]
}

/** How many reads one API process answers under row level security. */
export const readBenchmark: Benchmark = {
  name: 'read',
  claim: 'an invoice by its id and a page of 50, as a partner, over 4 connections to one API process',
  house: { workers: 1, more: hospitable },
  run,
}
