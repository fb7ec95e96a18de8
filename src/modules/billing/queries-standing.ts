import { inBranch } from '../../platform/branch.ts'
import type { Branch } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { nilId } from '../../platform/ids.ts'
import type { UsedEvent } from './line-parts.ts'
import type { LineKey } from './queries-rating.ts'

// What rating reads of subscriptions that nothing was used of, and of single events.

export type StandingRow = { tenantId: string; subscriptionId: string; skuId: string; from: string; to: string | null }

/** The tenants' subscriptions whose plan version lists one of the SKUs for its usage. Runs as weir_seller. */
export const listStanding = (tx: Tx, tenantIds: readonly string[], skuIds: readonly string[]) =>
  tx<StandingRow[]>`
    select subscription.tenant_id as "tenantId", subscription.id as "subscriptionId", item.sku_id as "skuId",
           subscription.start_date as "from", subscription.end_date as "to"
    from subscription
    join plan_item item on item.plan_version_id = subscription.plan_version_id and item.kind = 'usage'
    where subscription.tenant_id = any (${[...tenantIds]}::uuid[]) and item.sku_id = any (${[...skuIds]}::uuid[])
    order by subscription.id, item.sku_id`

export type EventRow = UsedEvent & { subscriptionId: string; skuId: string; monthStart: string; posting: string }

/** The events that began in the lines' months and are posted up to the period, in order of time. */
export const listEvents = (
  tx: Tx,
  viewer: Branch,
  wanted: { keys: readonly LineKey[]; period: string },
  regionIds: readonly string[],
) => tx<EventRow[]>`
  select line.subscription_id as "subscriptionId", line.sku_id as "skuId", line.month_start as "monthStart",
         case when usage.region_id = any (${[...regionIds]}::uuid[]) then usage.region_id else ${nilId}::uuid end as "regionId",
         (usage.start_at at time zone 'UTC')::date as day, trim_scale(usage.quantity)::text as quantity,
         usage.posting_period as posting
  from unnest(${wanted.keys.map((key) => key.tenantId)}::uuid[], ${wanted.keys.map((key) => key.subscriptionId)}::uuid[],
              ${wanted.keys.map((key) => key.skuId)}::uuid[], ${wanted.keys.map((key) => key.monthStart)}::date[])
    as line (tenant_id, subscription_id, sku_id, month_start)
  join usage_event usage on usage.subscription_id = line.subscription_id and usage.sku_id = line.sku_id
    and usage.tenant_id = line.tenant_id
    and usage.start_at >= line.month_start at time zone 'UTC'
    and usage.start_at < (line.month_start + interval '1 month') at time zone 'UTC'
  where ${inBranch(tx, viewer, 'usage')} and usage.posting_period <= ${wanted.period}
  order by usage.start_at, usage.key`
