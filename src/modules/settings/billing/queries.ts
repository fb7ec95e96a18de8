import { one, type Tx } from '../../../platform/db.ts'
import type { BillingSettings, NewBillingSettings } from './model.ts'

/** The seller's own; undefined while it has said nothing. */
export const findBillingSettings = async (tx: Tx, sellerId: string) =>
  one(
    await tx<BillingSettings[]>`
      select zero_totals as "zeroTotals", updated_at as "updatedAt" from billing_setting where org_id = ${sellerId}`,
  )

export const upsertBillingSettings = (tx: Tx, sellerId: string, { zeroTotals }: NewBillingSettings) => tx`
  insert into billing_setting (org_id, zero_totals) values (${sellerId}, ${zeroTotals})
  on conflict on constraint billing_setting_key do update
  set zero_totals = excluded.zero_totals, updated_at = clock_timestamp()`
