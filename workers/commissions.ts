import { runCommissions, simulateCommissions } from '../jobs/commissions.ts'
import { earnPeriodOf } from '../src/modules/commissions/runs/job.ts'
import { simulate } from '../src/modules/commissions/simulations/simulate.ts'
import { type Handler, handle } from '../src/platform/work.ts'

/** What the queue `commissions` can do. */
export const commissionsHandlers: readonly Handler[] = [
  handle(runCommissions, (ctx, payload) => earnPeriodOf(ctx, payload)),
  handle(simulateCommissions, (ctx, payload) => simulate(ctx, payload)),
]
