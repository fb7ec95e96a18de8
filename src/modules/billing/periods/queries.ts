import type { Period } from '../../../billing/period.ts'
import type { Spanning } from '../../../billing/spread.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast } from '../../../platform/page.ts'
import type { Certificate } from './model.ts'

/** The platform's setting in force. */
const spanning = (tx: Tx) => tx`coalesce((select spanning from usage_setting), 'split')`

/** Makes the rows of months that nobody has touched yet: open, with the setting that is in force now. */
export const ensurePeriods = (tx: Tx, periods: readonly Period[]) => tx`
  insert into billing_period (period, spanning) select period, ${spanning(tx)} from unnest(${[...periods]}::text[]) as named (period) order by period
  on conflict do nothing`

type PeriodLock = { period: Period; state: 'open' | 'closed'; spanning: Spanning }

/** Keeps the periods from being closed until the transaction ends. */
export const sharePeriods = (tx: Tx, periods: readonly Period[]) =>
  tx<PeriodLock[]>`
    select period, state, spanning from billing_period where period = any (${[...periods]}::text[])
    order by period for share`

export const listClosedAfter = async (tx: Tx, period: Period): Promise<Set<Period>> => {
  const rows = await tx<{ period: Period }[]>`
    select period from billing_period where period > ${period} and state = 'closed'`
  return new Set(rows.map((row) => row.period))
}

/** Waits for whoever posts to the period, and lets nobody post until the transaction ends. */
export const lockPeriod = async (tx: Tx, period: Period) =>
  one(
    await tx<{ state: 'open' | 'closed'; hasEnded: boolean }[]>`
      select state, ((period || '-01')::date + interval '1 month') at time zone 'UTC' <= clock_timestamp() as "hasEnded"
      from billing_period where period = ${period} for update`,
  )

export type PeriodRow = {
  period: Period
  state: 'open' | 'ended' | 'closed'
  spanning: Spanning
  closedAt: string | null
  certificate: Certificate | null
}

/** The certificate is the platform's alone; other tiers have no right to its column. */
const columns = (tx: Tx, isPlatform: boolean) => tx`
  period, spanning, closed_at as "closedAt", ${isPlatform ? tx`certificate` : tx`null::jsonb as certificate`},
  case when state = 'open' and ((period || '-01')::date + interval '1 month') at time zone 'UTC' <= clock_timestamp()
       then 'ended' else state end as state`

export const listPeriods = (tx: Tx, isPlatform: boolean, page: { after: string | undefined; limit: number }) =>
  tx<PeriodRow[]>`
    select ${columns(tx, isPlatform)} from billing_period
    where true ${page.after ? tx`and period < ${page.after}` : tx``}
    order by period desc limit ${onePast(tx, page)}`

/** A month that nobody has touched yet is open like any other. */
export const findPeriod = async (tx: Tx, isPlatform: boolean, period: Period) =>
  one(
    await tx<PeriodRow[]>`
      with touched as (
        select ${columns(tx, isPlatform)} from billing_period where period = ${period}
      ), untouched as (
        select ${period} as period, ${spanning(tx)} as spanning, null::timestamptz as closed_at, null::jsonb as certificate, 'open' as state
      )
      select * from touched
      union all
      select period, spanning, closed_at as "closedAt", certificate,
             case when ((period || '-01')::date + interval '1 month') at time zone 'UTC' <= clock_timestamp() then 'ended' else state end
      from untouched where not exists (select from touched)`,
  )

/** Active regions that have not said that they sent everything up to the instant, some of them by code. */
export const listSilentRegions = (tx: Tx, until: string, limit: number) =>
  tx<{ code: string }[]>`
    select code from region
    where state = 'active' and (complete_until is null or complete_until < ${until})
    order by code limit ${limit}`

/** Up to when each region has said that it sent everything. */
export const listWatermarks = (tx: Tx) =>
  tx<{ code: string; state: 'active' | 'paused'; completeUntil: string | null }[]>`
    select code, state, complete_until as "completeUntil" from region order by code`

/** Batches at work that may hold records from before the instant: also those that nobody could look into yet. */
export const countBatchesBefore = async (tx: Tx, until: string): Promise<number> =>
  one(
    await tx<{ count: number }[]>`
      select count(*)::int as count from usage_batch
      where state <> 'done' and (first_start is null or first_start < ${until})`,
  )?.count ?? 0

/** Records of the interval that wait for a subscription, a SKU or a waiver. */
export const countQuarantined = async (tx: Tx, from: string, until: string): Promise<number> =>
  one(
    await tx<{ count: number }[]>`
      select count(*)::int as count from usage_quarantine
      where state = 'waiting' and start_at < ${until} and (end_at > ${from} or start_at >= ${from})`,
  )?.count ?? 0

/** What was posted to the period, by SKU and region. */
export const listPosted = (tx: Tx, period: Period) =>
  tx<{ sku: string; region: string; quantity: string; records: string }[]>`
    select sku.code as sku, region.code as region, trim_scale(sum(sum_quantity))::text as quantity,
           sum(records)::text as records
    from usage_daily daily join sku on sku.id = daily.sku_id join region on region.id = daily.region_id
    where posting_period = ${period}
    group by sku.code, region.code order by sku.code, region.code`

/**
 * SHA-256 over the daily rows of the period in their one text form. Each tenant's rows are hashed by themselves, so that no
 * text grows without bound, and the tenants' hashes together; the values of unique counts stand behind their tenant's rows.
 */
export const hashPosted = async (tx: Tx, period: Period) =>
  one(
    await tx<{ rows: string; sha256: string }[]>`
      with tenant as (
        select tenant_id, count(*) as rows,
          sha256(convert_to(string_agg(concat_ws('|', subscription_id, sku_id, region_id, day,
            trim_scale(sum_quantity), trim_scale(max_quantity), trim_scale(last_quantity),
            extract(epoch from last_at), records,
            trim_scale(held_seconds)), E'\n' order by subscription_id, sku_id, region_id, day), 'UTF8')) as hash
        from usage_daily where posting_period = ${period} group by tenant_id
      ), met as (
        select tenant_id, sha256(convert_to(string_agg(concat_ws('|', subscription_id, sku_id, region_id, day, value),
                                 E'\n' order by subscription_id, sku_id, region_id, day, value), 'UTF8')) as hash
        from usage_value where posting_period = ${period} group by tenant_id)
      select coalesce(sum(rows), 0)::text as rows,
             encode(sha256(coalesce(string_agg(uuid_send(tenant_id) || tenant.hash || coalesce(met.hash, ''), ''::bytea
                                               order by tenant_id), ''::bytea)), 'hex') as sha256
      from tenant left join met using (tenant_id)`,
  )

/** How much was posted to the period. */
export const countPosted = async (tx: Tx, period: Period) =>
  one(
    await tx<{ records: string; tenants: string; subscriptions: string }[]>`
      select coalesce(sum(records), 0)::text as records, count(distinct tenant_id)::text as tenants,
             count(distinct subscription_id)::text as subscriptions
      from usage_daily where posting_period = ${period}`,
  )

export const updateClosed = async (tx: Tx, period: Period, accountId: string | null, certificate: Certificate) =>
  one(
    await tx<{ closedAt: string }[]>`
      update billing_period
      set state = 'closed', closed_at = clock_timestamp(), closed_by = ${accountId}, certificate = ${tx.json(certificate)}
      where period = ${period} and state = 'open' returning closed_at as "closedAt"`,
  )

/** The platform and every reseller: whoever makes documents of the period. */
export const listSellers = (tx: Tx) =>
  tx<{ id: string }[]>`
    select id from organization where level = 'platform' or commercial_model = 'reseller' order by id`

/** True once the month is closed; a month that nobody has touched yet is not. */
export const isClosed = async (tx: Tx, period: Period): Promise<boolean> =>
  (await tx`select from billing_period where period = ${period} and state = 'closed'`).length > 0
