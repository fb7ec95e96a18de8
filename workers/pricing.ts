import { followPrices, simulatePrices } from '../jobs/pricing.ts'
import { followDue } from '../src/modules/pricing/price-lists/follow.ts'
import { simulate } from '../src/modules/pricing/simulations/service.ts'
import { handle, type Handler } from '../src/platform/work.ts'

/** Price lists that follow other prices, and prices that are tried out. */
export const pricingHandlers: readonly Handler[] = [
  handle(followPrices, (ctx) => followDue(ctx)),
  handle(simulatePrices, (ctx, payload) => simulate(ctx, payload)),
]
