import { inBranch } from '../../platform/branch.ts'
import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'

/** What a subscription is from a day on. */
export type DatedRow = {
  effectiveOn: string
  planVersionId: string
  quantity: string
  isSuspended: boolean
}

/** What was ordered and the dated rows of a subscription in the branch, in time order. */
export const listRows = (tx: Tx, actor: Actor, id: string) =>
  tx<DatedRow[]>`
    select start_date as "effectiveOn", plan_version_id as "planVersionId", trim_scale(quantity)::text as quantity,
           false as "isSuspended"
    from subscription
    where id = ${id} and ${inBranch(tx, actor, 'subscription')}
      and not exists (select from subscription_change change
                      where change.subscription_id = subscription.id and change.effective_on = subscription.start_date)
    union all
    select effective_on, plan_version_id, trim_scale(quantity)::text, is_suspended
    from subscription_change change where subscription_id = ${id} and ${inBranch(tx, actor, 'change')}
    order by 1`

/** Writes what the subscription is from a day on; another change on that day takes the place of the first. */
export const upsertRow = (tx: Tx, id: string, row: DatedRow) => tx`
  insert into subscription_change (subscription_id, tenant_id, partner_id, distributor_id, effective_on, plan_version_id,
                                   quantity, is_suspended)
  select id, tenant_id, partner_id, distributor_id, ${row.effectiveOn}, ${row.planVersionId}, ${row.quantity}, ${row.isSuspended}
  from subscription where id = ${id}
  on conflict on constraint subscription_change_once_a_day do update
  set plan_version_id = excluded.plan_version_id, quantity = excluded.quantity, is_suspended = excluded.is_suspended,
      updated_at = clock_timestamp()`

/** The terms of the first recurring charge of a version, by the code of its SKU. */
export const findCadence = async (tx: Tx, planVersionId: string) =>
  one(
    await tx<{ interval: 'month' | 'quarter' | 'year'; anchor: 'calendar' | 'start' }[]>`
    select charge_interval as interval, anchor from plan_item join sku on sku.id = sku_id
    where plan_version_id = ${planVersionId} and kind = 'recurring' order by sku.code limit 1`,
  )

/** True when usage of the subscription was taken in for the day, or a later one. */
export const isUsedFrom = async (
  tx: Tx,
  actor: Actor,
  { id, tenantId }: { id: string; tenantId: string },
  day: string,
) =>
  (
    await tx`
      select from usage_daily used
      where tenant_id = ${tenantId} and subscription_id = ${id} and day >= ${day}::date and ${inBranch(tx, actor, 'used')}
      limit 1`
  ).length > 0
