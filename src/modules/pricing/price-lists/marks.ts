import { type Branch, tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import { markSellerDue, type ServiceDays } from '../../billing/rating/due.ts'

/**
 * Says that what a seller has rated and not billed for these days is out of date. Comes before the lists are locked: a
 * rater takes its marks first and the lists after them, and so must we. Goes on as the seller's tier.
 */
export async function markPricesDue(
  tx: Tx,
  seller: Pick<Branch, 'organizationId' | 'level'>,
  days: ServiceDays,
): Promise<void> {
  await switchRole(tx, 'weir_seller')
  await markSellerDue(tx, seller.organizationId, days)
  await switchRole(tx, tierRole(seller.level))
}
