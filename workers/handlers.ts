import type { Handler } from '../src/platform/work.ts'
import { billingHandlers } from './billing.ts'
import { commissionsHandlers } from './commissions.ts'
import { maintenanceHandlers } from './maintenance.ts'
import { organizationHandlers } from './organizations.ts'
import { pricingHandlers } from './pricing.ts'
import { ratingHandlers } from './rating.ts'
import { regionHandlers } from './regions.ts'
import { usageHandlers } from './usage.ts'

/** Everything that this version of the workers can do. */
export const handlers: readonly Handler[] = [
  ...billingHandlers,
  ...commissionsHandlers,
  ...maintenanceHandlers,
  ...organizationHandlers,
  ...pricingHandlers,
  ...ratingHandlers,
  ...regionHandlers,
  ...usageHandlers,
]
