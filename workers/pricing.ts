import { followPrices } from '../jobs/pricing.ts'
import { followDue } from '../src/modules/pricing/follow.ts'
import { handle, type Handler } from '../src/platform/work.ts'

/** Price lists that follow other prices. */
export const pricingHandlers: readonly Handler[] = [handle(followPrices, (ctx) => followDue(ctx))]
