import type { Aggregation } from '../../../billing/aggregate.ts'
import type { UsagePiece } from '../../../billing/line-parts.ts'
import { periodEnd } from '../../../billing/period.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Branch } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'

// What rating reads, for the tenants of one chunk. Usage is read as the seller's tier, the rest as weir_seller.

/** The usage of one line in one month between two changes of the seller's lists. */
export type UsageRow = UsagePiece & { tenantId: string; subscriptionId: string; skuId: string; monthStart: string }

/** Where prices may change, and in which regions they differ: what usage must be kept apart by. */
export type UsageCuts = {
  /** Days on which some list of the seller begins or ends, sorted. */
  readonly days: readonly string[]
  readonly regionIds: readonly string[]
  /** SKUs that count the largest and the last figure; the others add up. */
  readonly maxSkuIds: readonly string[]
  readonly lastSkuIds: readonly string[]
  /** SKUs that count distinct values. */
  readonly uniqueSkuIds: readonly string[]
  /** SKUs that weigh levels by time. */
  readonly weightedSkuIds: readonly string[]
}

const monthStart = (tx: Tx, period: string) => tx`
  case when usage.day >= ${`${period}-01`}::date then ${`${period}-01`}::date else date_trunc('month', usage.day)::date end`

const regionId = (tx: Tx, { regionIds }: UsageCuts) =>
  regionIds.length > 0
    ? tx`case when usage.region_id = any (${[...regionIds]}::uuid[]) then usage.region_id else ${nilId}::uuid end`
    : tx`${nilId}::uuid`

/** Between which two changes of prices a day lies. Most months have none, and usage has many days. */
const stretch = (tx: Tx, { days }: UsageCuts, period: string) => {
  const inside = days.filter((day) => day > `${period}-01` && day < periodEnd(period))
  return tx`
    case when usage.day < ${`${period}-01`}::date then width_bucket(usage.day, ${[...days]}::date[])
         else ${inside.length > 0 ? tx`width_bucket(usage.day, ${inside}::date[])` : tx`0`} end`
}

/** What no SKU counts is not computed: a month of a large seller has millions of days. */
const usageColumns = (tx: Tx, cuts: UsageCuts, period: string) => tx`
  usage.tenant_id as "tenantId", usage.subscription_id as "subscriptionId", usage.sku_id as "skuId",
  ${monthStart(tx, period)} as "monthStart", ${regionId(tx, cuts)} as "regionId", min(usage.day) as day,
  trim_scale(sum(usage.sum_quantity))::text as sum ${maxColumn(tx, cuts)} ${lastColumns(tx, cuts)} ${heldColumns(tx, cuts)}`

const maxColumn = (tx: Tx, { maxSkuIds }: UsageCuts) =>
  maxSkuIds.length > 0
    ? tx`, trim_scale(max(usage.max_quantity) filter (where usage.sku_id = any (${[...maxSkuIds]}::uuid[])))::text as max`
    : tx``

/** The instant with all its digits: two figures may be of the same millisecond. */
const lastColumns = (tx: Tx, { lastSkuIds }: UsageCuts) =>
  lastSkuIds.length > 0
    ? tx`, to_char(max(usage.last_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "lastAt", trim_scale(
             (max(array[extract(epoch from usage.last_at), usage.last_quantity])
               filter (where usage.sku_id = any (${[...lastSkuIds]}::uuid[])))[2])::text as last`
    : tx``

const heldColumns = (tx: Tx, { weightedSkuIds }: UsageCuts) =>
  weightedSkuIds.length > 0
    ? tx`, max(usage.day) as "lastDay", trim_scale(
             sum(usage_held_through_month(usage.day, usage.sum_quantity, usage.held_seconds)) filter (where usage.sku_id = any (${[...weightedSkuIds]}::uuid[])))::text as held`
    : tx``

const usageGroups = (tx: Tx, cuts: UsageCuts, period: string) => tx`
  group by usage.tenant_id, usage.subscription_id, usage.sku_id, "monthStart", "regionId", ${stretch(tx, cuts, period)}`

/** The tenants' usage posted to a period. */
export const listUsage = (
  tx: Tx,
  seller: Branch,
  wanted: { tenantIds: readonly string[]; period: string },
  cuts: UsageCuts,
) => tx<UsageRow[]>`
  select ${usageColumns(tx, cuts, wanted.period)}
  from usage_daily usage
  where ${inBranch(tx, seller, 'usage')} and usage.posting_period = ${wanted.period}
    and usage.tenant_id = any (${[...wanted.tenantIds]}::uuid[])
  ${usageGroups(tx, cuts, wanted.period)}`

/** One line's month of service. */
export type LineKey = Pick<UsageRow, 'tenantId' | 'subscriptionId' | 'skuId' | 'monthStart'>

/** What earlier periods hold of the same lines' months: what late usage comes on top of. */
export const listEarlierUsage = (
  tx: Tx,
  seller: Branch,
  wanted: { lines: readonly LineKey[]; period: string },
  cuts: UsageCuts,
) => tx<UsageRow[]>`
  select ${usageColumns(tx, cuts, wanted.period)}
  from unnest(${wanted.lines.map((line) => line.tenantId)}::uuid[], ${wanted.lines.map((line) => line.subscriptionId)}::uuid[],
              ${wanted.lines.map((line) => line.skuId)}::uuid[], ${wanted.lines.map((line) => line.monthStart)}::date[])
    as line (tenant_id, subscription_id, sku_id, month_start)
  join usage_daily usage on usage.tenant_id = line.tenant_id and usage.subscription_id = line.subscription_id
    and usage.sku_id = line.sku_id and usage.day >= line.month_start and usage.day < line.month_start + interval '1 month'
    and usage.posting_period < ${wanted.period}
  where ${inBranch(tx, seller, 'usage')}
  ${usageGroups(tx, cuts, wanted.period)}`

/** Values of a line's unique count that were met on the same occasions; each is region, day and whether it is earlier. */
type ValuesRow = LineKey & { count: string; met: string[][] }

/** The first day of the stretch between two changes of prices, in the month. */
const stretchStart = (tx: Tx, { days }: UsageCuts) => tx`
  greatest(line.month_start, (${[...days]}::date[])[width_bucket(usage.day, ${[...days]}::date[])])`

/**
 * How many values of unique counts were met in the lines' months, up to and in a period, by where and between which changes
 * of prices they were: as many rows as there are such combinations, however many values there are.
 */
export const listValues = (
  tx: Tx,
  seller: Branch,
  wanted: { lines: readonly LineKey[]; period: string },
  cuts: UsageCuts,
) => tx<ValuesRow[]>`
  with meeting as (
    select distinct line.tenant_id, line.subscription_id, line.sku_id, line.month_start, usage.value,
           array[(${regionId(tx, cuts)})::text, ${stretchStart(tx, cuts)}::text, (usage.posting_period < ${wanted.period})::text] as place
    from unnest(${wanted.lines.map((line) => line.tenantId)}::uuid[], ${wanted.lines.map((line) => line.subscriptionId)}::uuid[],
                ${wanted.lines.map((line) => line.skuId)}::uuid[], ${wanted.lines.map((line) => line.monthStart)}::date[])
      as line (tenant_id, subscription_id, sku_id, month_start)
    join usage_value usage on usage.tenant_id = line.tenant_id and usage.subscription_id = line.subscription_id
      and usage.sku_id = line.sku_id and usage.day >= line.month_start and usage.day < line.month_start + interval '1 month'
      and usage.posting_period <= ${wanted.period}
    where ${inBranch(tx, seller, 'usage')}
  ), met as (
    select tenant_id, subscription_id, sku_id, month_start, value, array_agg(place order by place) as places
    from meeting group by tenant_id, subscription_id, sku_id, month_start, value
  )
  select tenant_id as "tenantId", subscription_id as "subscriptionId", sku_id as "skuId", month_start as "monthStart",
         count(*)::text as count, places as met
  from met group by tenant_id, subscription_id, sku_id, month_start, places`

/** When these subscriptions end; null while they go on. Runs as weir_seller. */
export const listEnds = (tx: Tx, lines: readonly LineKey[]) =>
  tx<{ id: string; endDate: string | null }[]>`
    select subscription.id, end_date as "endDate" from subscription
    where tenant_id = any (${lines.map((line) => line.tenantId)}::uuid[])
      and id = any (${lines.map((line) => line.subscriptionId)}::uuid[])`

/** SKUs that do not simply add up. */
export const listAggregations = (tx: Tx) =>
  tx<{ id: string; aggregation: Aggregation }[]>`select id, aggregation from sku where aggregation <> 'sum'`

type PriceDays = {
  days: string[]
  regionIds: string[]
  hasCostList: boolean
  hasBuyerScope: boolean
  standingSkuIds: string[]
  eventSkuIds: string[]
}

const pricedSkus = (tx: Tx, sellerId: string, condition: ReturnType<typeof regionId>) => tx`
  coalesce((select array_agg(distinct sku_id::text) from price_rate where seller_id = ${sellerId} and is_active and ${condition}), '{}')`

/** Where the seller's prices begin, end and differ by region, whether it says what it pays itself, and what else they look at. */
export const findPriceDays = async (tx: Tx, sellerId: string) =>
  one(
    await tx<PriceDays[]>`
    select coalesce((
             select array_agg(distinct bound::text order by bound::text)
             from price_list cross join lateral (values (lower(valid)), (upper(valid))) as ends (bound)
             where seller_id = ${sellerId} and is_active and bound is not null), '{}') as days,
           coalesce((select array_agg(distinct target_id::text) from price_list
                     where seller_id = ${sellerId} and is_active and scope = 'region'), '{}') as "regionIds",
           exists (select from price_list where seller_id = ${sellerId} and is_active and kind = 'cost') as "hasCostList",
           exists (select from price_rate where seller_id = ${sellerId} and is_active and kind = 'sale'
                   and rate ->> 'tierScope' = 'buyer') as "hasBuyerScope",
           ${pricedSkus(tx, sellerId, tx`(rate ? 'minimum' or rate -> 'feeAtZero' = 'true')`)} as "standingSkuIds",
           ${pricedSkus(tx, sellerId, tx`rate ?| array['feePerEvent', 'freeEvents', 'eventMinimum', 'eventMaximum']`)} as "eventSkuIds"`,
  )

/** The tenants and all that share a sale edge of the seller with one of them, in the order of their ids. */
export const listWholeBuyers = (tx: Tx, sellerId: string, tenantIds: readonly string[]) =>
  tx<{ id: string }[]>`
    select tenant_id as id from unnest(${[...tenantIds]}::uuid[]) as asked (tenant_id)
    union
    select place.tenant_id from chain_edge place
    where place.edge_id in (
      select edge.id from edge join chain_edge mine on mine.edge_id = edge.id
      where edge.seller_id = ${sellerId} and edge.kind = 'sale' and mine.tenant_id = any (${[...tenantIds]}::uuid[]))
    order by 1`

export const findCurrency = async (tx: Tx, sellerId: string) =>
  one(await tx<{ currency: string }[]>`select currency from organization where id = ${sellerId}`)

type ChainOfTenant = { tenantId: string; chainId: string; chainFrom: string | null }

/** An edge of the seller on a tenant's chain, with the days of both; null bounds are without end. */
export type ChainEdgeRow = ChainOfTenant & {
  edgeId: string
  kind: 'sale' | 'cost'
  buyerId: string
  currency: string
  edgeFrom: string | null
  edgeTo: string | null
}

/** A chain's edge, or a chain on which the seller has none. */
export type ChainRow = ChainEdgeRow | (ChainOfTenant & { edgeId: null })

/** The tenants' chains, each with the seller's edges on it; one without any has a single row without an edge. */
export const listChainEdges = (tx: Tx, sellerId: string, tenantIds: readonly string[]) =>
  tx<ChainRow[]>`
    select chain.tenant_id as "tenantId", chain.id as "chainId", lower(chain.valid) as "chainFrom", edge.id as "edgeId",
           edge.kind, edge.buyer_id as "buyerId", edge.currency, lower(edge.valid) as "edgeFrom", upper(edge.valid) as "edgeTo"
    from unnest(${[...tenantIds]}::uuid[]) as wanted (tenant_id)
    join chain on chain.tenant_id = wanted.tenant_id
    left join (chain_edge join edge on edge.id = chain_edge.edge_id and edge.seller_id = ${sellerId})
      on chain_edge.chain_id = chain.id`

type PlanVersionRow = { subscriptionId: string; month: string; planVersionId: string }

/** The plan version of each subscription of the tenants at the end of each of the months. */
export const listPlanVersions = (tx: Tx, tenantIds: readonly string[], months: readonly string[]) =>
  tx<PlanVersionRow[]>`
    select id as "subscriptionId", month.period as month, coalesce((
             select change.plan_version_id from subscription_change change
             where change.subscription_id = subscription.id and change.effective_on < month.until
             order by change.effective_on desc limit 1), plan_version_id) as "planVersionId"
    from subscription
    cross join unnest(${[...months]}::text[], ${months.map(periodEnd)}::date[]) as month (period, until)
    where tenant_id = any (${[...tenantIds]}::uuid[])`
