import type { Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { isReady } from '../estimates/queries.ts'

/** A seller whose amounts of a period are out of date. */
export type DueSeller = {
  sellerId: string
  period: string
  level: Level
  distributorId: string
  partnerId: string
}

const hasActiveRun = (tx: Tx) => tx`
  exists (select from billing_run run where run.seller_id = due.seller_id and run.period = due.period
          and run.state in ('queued', 'rating', 'drafted', 'issuing'))`

/** What is due and not in the hands of a billing run, and what is to be estimated. */
export const listDueSellers = (tx: Tx) =>
  tx<DueSeller[]>`
    select due.seller_id as "sellerId", due.period, organization.level, organization.distributor_id as "distributorId",
           organization.partner_id as "partnerId"
    from (
      select seller_id, period from (select distinct seller_id, period from rating_due) due where not ${hasActiveRun(tx)}
      union select seller_id, period from estimate where ${isReady(tx)}) due
    join organization on organization.id = due.seller_id
    order by due.period, due.seller_id`

/** Everybody who sells on some of the half-open days. */
export const listSellers = (tx: Tx, days: { readonly from: string; readonly to: string }) =>
  tx<Omit<DueSeller, 'period'>[]>`
    select id as "sellerId", level, distributor_id as "distributorId", partner_id as "partnerId" from organization
    where exists (select from edge where edge.seller_id = organization.id
                  and edge.valid && daterange(${days.from}::date, ${days.to}::date))
    order by id`

/**
 * True when something can be refreshed and no job is on its way to do it. While marks keep coming it waits for a pause,
 * but not for long: rating holds the marks it serves, and usage that marks them again would wait for it.
 */
export const isRefreshNeeded = async (tx: Tx, kind: string): Promise<boolean> =>
  one(
    await tx<{ needed: boolean }[]>`
    select not exists (select from job where kind = ${kind} and state in ('queued', 'running', 'parked'))
      and (exists (select from rating_due due where not ${hasActiveRun(tx)}) or exists (select from estimate where ${isReady(tx)}))
      and (not exists (select from rating_due where marked_at > clock_timestamp() - interval '0.5 seconds')
        or not exists (select from job where kind = ${kind} and created_at > clock_timestamp() - interval '20 seconds')) as needed`,
  )?.needed ?? false

export const isRunActive = async (tx: Tx, sellerId: string, period: string): Promise<boolean> =>
  one(
    await tx<{ active: boolean }[]>`
    select ${hasActiveRun(tx)} as active from (values (${sellerId}::uuid, ${period})) as due (seller_id, period)`,
  )?.active ?? false
