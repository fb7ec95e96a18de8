import type { Tx } from '../../../platform/db.ts'

/** Lists for one buyer that have priced nothing, and what makes lists for one buyer: used lists keep their readers. */
export async function updateSight(tx: Tx, sellerId: string, platformId: string | null): Promise<void> {
  await tx`
    update price_list set see_platform_id = ${platformId}
    where seller_id = ${sellerId} and buyer_id is not null and state <> 'used'`
  await tx`
    update price_derivation set see_platform_id = ${platformId} where seller_id = ${sellerId} and buyer_id is not null`
}
