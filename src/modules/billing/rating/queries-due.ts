import type { Tx } from '../../../platform/db.ts'
import { periodEnd } from '../../../billing/period.ts'
import type { DueMark, DuePair, ServiceDays } from './due.ts'

/**
 * Marks all edges of the tenants' chains that had begun by the end of the period: usage may be late, and belongs to the
 * edges of its own time. On conflict the row is written again, so that a rater that just takes the mark away is waited
 * for and the mark outlives it. Sorted, so that two writers never wait for each other.
 */
export const upsertTenantMarks = (tx: Tx, marks: readonly DueMark[]) => tx`
  insert into rating_due (seller_id, edge_id, tenant_id, period)
  select distinct edge.seller_id, edge.id, mark.tenant_id, mark.period
  from unnest(${marks.map((mark) => mark.tenantId)}::uuid[], ${marks.map((mark) => mark.period)}::text[])
    as mark (tenant_id, period)
  join chain on chain.tenant_id = mark.tenant_id
    and not chain.valid >> daterange((mark.period || '-01')::date, ((mark.period || '-01')::date + interval '1 month')::date)
  join chain_edge on chain_edge.chain_id = chain.id
  join edge on edge.id = chain_edge.edge_id
    and not edge.valid >> daterange((mark.period || '-01')::date, ((mark.period || '-01')::date + interval '1 month')::date)
  order by edge.seller_id, mark.period, edge.id, mark.tenant_id
  on conflict on constraint rating_due_key do update set marked_at = clock_timestamp()`

/**
 * A seller's edges of the tenants with a subscription in force in the month of which some plan version has a charge or lists
 * one of the SKUs; without SKUs, anything. Which version counts when is said by rating.
 */
const standingPlaces = (tx: Tx, sellerId: string, period: string, skuIds?: readonly string[]) => tx`
  select distinct edge.seller_id, edge.id, place.tenant_id, ${period}::text as period
  from edge join chain_edge place on place.edge_id = edge.id
  where edge.seller_id = ${sellerId} and edge.valid && daterange(${`${period}-01`}::date, ${periodEnd(period)}::date)
    and exists (
      select from subscription
      where subscription.tenant_id = place.tenant_id and subscription.start_date < ${periodEnd(period)}::date
        and (subscription.end_date is null or subscription.end_date > ${`${period}-01`}::date)
        and exists (
          select from plan_item item
          where (item.plan_version_id = subscription.plan_version_id
              or item.plan_version_id in (select change.plan_version_id from subscription_change change
                                          where change.subscription_id = subscription.id))
            ${skuIds === undefined ? tx`` : tx`and (item.kind <> 'usage' or item.sku_id = any (${[...skuIds]}::uuid[]))`}))`

/**
 * Marks what a seller has rated and not yet billed for service within the days, and its costs of the same usage. Usage
 * that is not rated yet is marked anyhow; where the days reach into the present month, so is everybody who may owe something
 * in it unused: the prices that say so are written after this. In one statement, so that two writers never wait for each other.
 */
export const upsertSellerMarks = (tx: Tx, sellerId: string, days: ServiceDays, present: string | undefined) => tx`
  insert into rating_due (seller_id, edge_id, tenant_id, period)
  select edge.seller_id, edge.id, rated.tenant_id, rated.period
  from rated_bucket rated
  join chain_edge on chain_edge.chain_id = rated.chain_id
  join edge on edge.id = chain_edge.edge_id and edge.seller_id = ${sellerId}
  where rated.seller_id = ${sellerId} and rated.period >= left(${days.from}, 7)
    and rated.service_end > ${days.from}::date
    ${days.to === null ? tx`` : tx`and rated.service_start < ${days.to}::date`}
    and (edge.kind = 'cost' or (edge.id = rated.edge_id and rated.state not in ('billed', 'settled')))
  union
  ${present === undefined ? tx`select null::uuid, null::uuid, null::uuid, null::text where false` : standingPlaces(tx, sellerId, present)}
  order by 1, 4, 2, 3
  on conflict on constraint rating_due_key do update set marked_at = clock_timestamp()`

/** Marks the edges that a seller bills in the one currency and prices in the other, in every month that has usage; its costs too. */
export const upsertPairMarks = (tx: Tx, sellerId: string, { from, to, validFrom }: DuePair) => tx`
  insert into rating_due (seller_id, edge_id, tenant_id, period)
  select distinct edge.seller_id, edge.id, place.tenant_id, month.period
  from edge
  join organization seller on seller.id = edge.seller_id
  join chain_edge place on place.edge_id = edge.id
  join billing_period month on month.period >= left(${validFrom}, 7)
    and not edge.valid >> daterange((month.period || '-01')::date, ((month.period || '-01')::date + interval '1 month')::date)
  where edge.seller_id = ${sellerId} and edge.currency = ${to}
    and case edge.kind when 'sale' then seller.currency = ${from}
             else exists (select from price_list where seller_id = ${sellerId} and kind = 'cost' and currency = ${from}) end
  order by edge.seller_id, month.period, edge.id, place.tenant_id
  on conflict on constraint rating_due_key do update set marked_at = clock_timestamp()`

/** Everybody who sells on the tenant's chains, in one order for all writers. Runs as weir_chain. */
export const listSellersAbove = (tx: Tx, tenantId: string) =>
  tx<{ sellerId: string }[]>`
    select distinct edge.seller_id as "sellerId" from chain_edge join edge on edge.id = chain_edge.edge_id
    where chain_edge.tenant_id = ${tenantId} order by 1`

/** Marks a seller's edges of the tenant in every month from that of a day to the present one. */
export const upsertChargeMarks = (tx: Tx, sellerId: string, tenantId: string, from: string) => tx`
  insert into rating_due (seller_id, edge_id, tenant_id, period)
  select distinct edge.seller_id, edge.id, chain_edge.tenant_id, to_char(month, 'YYYY-MM')
  from chain_edge join edge on edge.id = chain_edge.edge_id
  cross join generate_series(date_trunc('month', ${from}::date::timestamp),
                             (clock_timestamp() at time zone 'UTC'), interval '1 month') as month
  where edge.seller_id = ${sellerId} and chain_edge.tenant_id = ${tenantId}
    and not edge.valid >> daterange(month::date, (month + interval '1 month')::date)
  order by edge.seller_id, to_char(month, 'YYYY-MM'), edge.id, chain_edge.tenant_id
  on conflict on constraint rating_due_key do update set marked_at = clock_timestamp()`

/** Marks what a seller is owed in a month though nothing may be used: charges, and SKUs that are paid for unused. */
export const upsertStandingMarks = (tx: Tx, sellerId: string, period: string, skuIds: readonly string[]) => tx`
  insert into rating_due (seller_id, edge_id, tenant_id, period)
  ${standingPlaces(tx, sellerId, period, skuIds)}
  order by 1, 4, 2, 3
  on conflict on constraint rating_due_key do update set marked_at = clock_timestamp()`

/** Marks the seller's edges of the tenants whose seconds a credit note frees, in every month from theirs to the present one. */
export const upsertFreedMarks = (tx: Tx, sellerId: string, noteId: string) => tx`
  insert into rating_due (seller_id, edge_id, tenant_id, period)
  select distinct edge.seller_id, edge.id, chain_edge.tenant_id, to_char(month, 'YYYY-MM')
  from (select tenant_id, min(service_start) as day from invoice_line
        where invoice_id = ${noteId} and seller_id = ${sellerId} and details->'freed' is not null group by tenant_id) freed
  join chain_edge on chain_edge.tenant_id = freed.tenant_id
  join edge on edge.id = chain_edge.edge_id and edge.seller_id = ${sellerId}
  cross join lateral generate_series(date_trunc('month', freed.day::timestamp),
                                     (clock_timestamp() at time zone 'UTC'), interval '1 month') as month
  where not edge.valid >> daterange(month::date, (month + interval '1 month')::date)
  order by edge.seller_id, to_char(month, 'YYYY-MM'), edge.id, chain_edge.tenant_id
  on conflict on constraint rating_due_key do update set marked_at = clock_timestamp()`
