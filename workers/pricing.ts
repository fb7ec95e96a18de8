import { followPrices, simulatePrices } from '../jobs/pricing.ts'
import { followDue } from '../src/modules/pricing/follow.ts'
import { simulate } from '../src/modules/pricing/simulations.ts'
import { handle, type Handler } from '../src/platform/work.ts'

/** Price lists that follow other prices, and prices that are tried out. */
export const pricingHandlers: readonly Handler[] = [
  handle(followPrices, (ctx) => followDue(ctx)),
  handle(simulatePrices, (ctx, payload) => simulate(ctx, payload)),
]
