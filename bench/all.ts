import { billingBenchmark } from './billing.ts'
import type { Benchmark } from './claim.ts'
import { commissionsBenchmark } from './commissions.ts'
import { isolationBenchmark } from './isolation.ts'
import { readBenchmark } from './read.ts'
import { simulationBenchmark } from './simulation.ts'
import { summaryBenchmark } from './summary.ts'
import { usageBenchmark } from './usage.ts'

/** Every benchmark, in the order in which they run. */
export const benchmarks: readonly Benchmark[] = [
  usageBenchmark,
  billingBenchmark,
  commissionsBenchmark,
  isolationBenchmark,
  readBenchmark,
  summaryBenchmark,
  simulationBenchmark,
]
