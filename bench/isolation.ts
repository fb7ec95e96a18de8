import { type Benchmark, figure, type Finding, shareOf } from './claim.ts'
import type { BenchHouse } from './house.ts'
import { tokenMaker } from './people.ts'
import { makeDocuments, readers } from './reads-data.ts'
import { compare, hospitable, openRivals } from './reads.ts'

async function run(bench: BenchHouse): Promise<Finding[]> {
  const documents = await makeDocuments(bench)
  bench.say(`  ${figure(documents)} issued documents`)
  const rivals = await openRivals(bench)
  const findings: Finding[] = []
  for (const [level, person] of Object.entries(readers(bench.platformId))) {
    const token = await tokenMaker(bench)(person)
    const what = `page of 50 invoices as ${level}`
    const rates = await compare(rivals, { what, paths: ['/api/v1/invoices?limit=50'], token }, bench.signal)
    findings.push({
      benchmark: 'isolation',
      what,
      value: rates.isolated,
      unit: 'requests/s',
      floor: shareOf(rates.ratio, 0.75),
      goal: shareOf(rates.ratio, 0.8),
      yardstick: { what: 'no role switch, no policies', text: `${figure(rates.plain)} requests/s` },
      ratio: rates.ratio,
    })
  }
  return findings
}

/** What row level security costs a reader: the same route with and without the second lock. */
export const isolationBenchmark: Benchmark = {
  name: 'isolation',
  claim: 'a page of 50 invoices over 4 connections, beside the same route without role switch and policies',
  house: { workers: 1, more: hospitable },
  run,
}
