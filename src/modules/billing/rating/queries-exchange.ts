import type { Tx } from '../../../platform/db.ts'
import type { EdgeMonth } from './exchange.ts'

/** In which currencies the seller's suppliers ask. Runs as weir_seller. */
export const listCostCurrencies = (tx: Tx, sellerId: string) =>
  tx<{ currency: string }[]>`
    select distinct currency from price_list where seller_id = ${sellerId} and kind = 'cost' and is_active order by 1`

type PinnedRow = { edgeId: string; month: string; fxRateId: string }

/** The rate that a month's own lines, on documents or settled, were converted at on these edges, the first by the key. Runs as weir_seller. */
export const listPinned = (tx: Tx, sellerId: string, months: readonly EdgeMonth[]) =>
  tx<PinnedRow[]>`
    select wanted.edge_id as "edgeId", wanted.month, bucket.fx_rate_id as "fxRateId"
    from unnest(${months.map((one) => one.edgeId)}::uuid[], ${months.map((one) => one.month)}::text[]) as wanted (edge_id, month)
    cross join lateral (
      select fx_rate_id from rated_bucket
      where seller_id = ${sellerId} and period = wanted.month and edge_id = wanted.edge_id
        and service_period = wanted.month and fx_rate_id is not null and state in ('drafted', 'billed', 'settled')
      order by tenant_id, subscription_id, sku_id, service_period, region_id, service_start, kind limit 1) as bucket`
