import type { UsedEvent } from '../../../billing/line-parts.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Branch } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import type { LineKey } from './queries.ts'

// What rating reads of subscriptions that nothing was used of, and of single events.

export type StandingRow = {
  tenantId: string
  subscriptionId: string
  skuId: string
  planVersionId: string
  from: string
  to: string | null
}

/**
 * The days on which the plan versions of the tenants' subscriptions list one of the SKUs for its usage: what was ordered
 * holds until the first dated row, each of them until the next, the last until the end. Runs as weir_seller.
 */
export const listStanding = (tx: Tx, tenantIds: readonly string[], skuIds: readonly string[]) =>
  tx<StandingRow[]>`
    with dated as (
      select tenant_id, id, plan_version_id, start_date as day, 0 as place, end_date
      from subscription where tenant_id = any (${[...tenantIds]}::uuid[])
      union all
      select change.tenant_id, change.subscription_id, change.plan_version_id, change.effective_on, 1, subscription.end_date
      from subscription_change change join subscription on subscription.id = change.subscription_id
      where change.tenant_id = any (${[...tenantIds]}::uuid[])
    ), phase as (
      select tenant_id, id, plan_version_id, day, least(lead(day) over (partition by id order by day, place), end_date) as until
      from dated
    )
    select phase.tenant_id as "tenantId", phase.id as "subscriptionId", item.sku_id as "skuId",
           phase.plan_version_id as "planVersionId", phase.day as "from", phase.until as "to"
    from phase
    join plan_item item on item.plan_version_id = phase.plan_version_id and item.kind = 'usage'
    where item.sku_id = any (${[...skuIds]}::uuid[]) and (phase.until is null or phase.day < phase.until)
    order by phase.id, item.sku_id, phase.day`

type EventRow = UsedEvent & { subscriptionId: string; skuId: string; monthStart: string; posting: string }

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
