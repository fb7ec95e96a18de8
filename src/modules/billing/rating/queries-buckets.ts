import { one, type Tx } from '../../../platform/db.ts'

/** An edge and a tenant of whom it is rated. */
export type Place = { readonly edgeId: string; readonly tenantId: string }

/** What a bucket charges for; usage of earlier months becomes a late line. */
type BucketKind = 'usage' | 'recurring' | 'oneTime' | 'minimum' | 'credit'

/** A bucket to be written; what it does not say is copied from its edge and chain. Numbers are decimal text. */
export type NewBucket = {
  kind: BucketKind
  edgeId: string
  chainId: string
  subscriptionId: string
  skuId: string
  servicePeriod: string
  regionId: string
  serviceStart: string
  serviceEnd: string
  planVersionId: string
  quantity: string
  quantityBefore: string
  rateId: string | null
  fxRateId: string | null
  taxCategory: string | null
  /** What the kind needs, beside quantity and price, to come to its amount again; as text of JSON. */
  details: string | null
  unrounded: string | null
  parkedFor: string | null
  /** The draft it is on, or null. */
  invoiceId: string | null
}

const placesOf = (tx: Tx, places: readonly Place[]) => tx`
  unnest(${places.map((place) => place.edgeId)}::uuid[], ${places.map((place) => place.tenantId)}::uuid[])
    as place (edge_id, tenant_id)`

/**
 * Only one rates or drafts for a seller at a time, whatever the period: late usage comes on top of what earlier periods have
 * rated. The lock goes with the transaction.
 */
export const lockRating = (tx: Tx, sellerId: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`rating/${sellerId}`}, 11))`

/** The buckets of one place, looked up by the key for each place in turn, whatever the statistics say of a table that grows by a run. */
const bucketsAt = (tx: Tx, sellerId: string, period: string) => tx`
  rated_bucket where seller_id = ${sellerId} and period = ${period} and edge_id = place.edge_id and tenant_id = place.tenant_id`

/** Takes away what is not on paper, to be rated again. */
export const deleteOpenBuckets = (tx: Tx, sellerId: string, period: string, places: readonly Place[]) => tx`
  delete from rated_bucket where ctid = any (array(
    select bucket.ctid from ${placesOf(tx, places)}
    cross join lateral (
      select ctid from ${bucketsAt(tx, sellerId, period)} and state in ('fresh', 'parked') offset 0) bucket))`

export type PaperRow = {
  kind: BucketKind
  edgeId: string
  subscriptionId: string
  skuId: string
  servicePeriod: string
}

/** The lines that a draft or an issued document holds, or that were settled without one. */
export const listPaper = (tx: Tx, sellerId: string, period: string, places: readonly Place[]) =>
  tx<PaperRow[]>`
    select distinct bucket.kind, bucket.edge_id as "edgeId", bucket.subscription_id as "subscriptionId", bucket.sku_id as "skuId",
           bucket.service_period as "servicePeriod"
    from ${placesOf(tx, places)}
    cross join lateral (
      select kind, edge_id, subscription_id, sku_id, service_period
      from ${bucketsAt(tx, sellerId, period)} and state in ('drafted', 'billed', 'settled') offset 0) bucket`

/** In the order of the key, so that the index grows at one place. */
export const insertBuckets = (tx: Tx, period: string, buckets: readonly NewBucket[]) => tx`
  insert into rated_bucket (
    seller_id, period, edge_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start, service_end,
    chain_id, buyer_id, partner_id, distributor_id, plan_version_id, quantity, quantity_before, currency, currency_digits,
    price_rate_id, fx_rate_id, tax_category, details, kind, unrounded, state, parked_for, invoice_id,
    see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select edge.seller_id, ${period}, edge.id, chain.tenant_id, rated.subscription_id, rated.sku_id, rated.service_period,
         rated.region_id, rated.service_start, rated.service_end, chain.id, edge.buyer_id, chain.partner_id,
         chain.distributor_id, rated.plan_version_id, rated.quantity, rated.quantity_before, edge.currency,
         edge.currency_digits, rated.rate_id, rated.fx_rate_id, rated.tax_category, rated.details::jsonb, rated.kind,
         rated.unrounded,
         case when rated.parked_for is not null then 'parked' when rated.invoice_id is not null then 'drafted' else 'fresh' end,
         rated.parked_for, rated.invoice_id,
         edge.see_platform_id, edge.see_distributor_id, edge.see_partner_id, edge.see_tenant_id
  from unnest(
    ${buckets.map((one) => one.edgeId)}::uuid[], ${buckets.map((one) => one.chainId)}::uuid[],
    ${buckets.map((one) => one.subscriptionId)}::uuid[], ${buckets.map((one) => one.skuId)}::uuid[],
    ${buckets.map((one) => one.servicePeriod)}::text[], ${buckets.map((one) => one.regionId)}::uuid[],
    ${buckets.map((one) => one.serviceStart)}::date[], ${buckets.map((one) => one.serviceEnd)}::date[],
    ${buckets.map((one) => one.planVersionId)}::uuid[], ${buckets.map((one) => one.quantity)}::numeric[],
    ${buckets.map((one) => one.quantityBefore)}::numeric[], ${buckets.map((one) => one.rateId)}::uuid[],
    ${buckets.map((one) => one.unrounded)}::numeric[], ${buckets.map((one) => one.parkedFor)}::text[],
    ${buckets.map((one) => one.invoiceId)}::uuid[], ${buckets.map((one) => one.fxRateId)}::uuid[],
    ${buckets.map((one) => one.taxCategory)}::text[], ${buckets.map((one) => one.details)}::text[],
    ${buckets.map((one) => one.kind)}::text[])
    as rated (edge_id, chain_id, subscription_id, sku_id, service_period, region_id, service_start, service_end,
              plan_version_id, quantity, quantity_before, rate_id, unrounded, parked_for, invoice_id, fx_rate_id, tax_category,
              details, kind)
  join edge on edge.id = rated.edge_id
  join chain on chain.id = rated.chain_id
  order by edge.id, chain.tenant_id, rated.subscription_id, rated.sku_id, rated.service_period, rated.region_id,
           rated.service_start, rated.kind`

const marksAt = (tx: Tx, sellerId: string, period: string) => tx`
  rating_due where seller_id = ${sellerId} and period = ${period} and edge_id = place.edge_id and tenant_id = place.tenant_id`

/** Locks the marks of these places; who is writing one of them is waited for. The places come in the writers' order. */
export const lockMarks = (tx: Tx, sellerId: string, period: string, places: readonly Place[]) => tx`
  select from ${placesOf(tx, places)}
  cross join lateral (select from ${marksAt(tx, sellerId, period)} for update offset 0) due`

/** Takes locked marks away. */
export const deleteMarks = (tx: Tx, sellerId: string, period: string, places: readonly Place[]) => tx`
  delete from rating_due where ctid = any (array(
    select due.ctid from ${placesOf(tx, places)}
    cross join lateral (select ctid from ${marksAt(tx, sellerId, period)} offset 0) due))`

/** Takes the first marks of a seller's period away and says whose they are. */
export const takeMarks = (tx: Tx, sellerId: string, period: string, limit: number) =>
  tx<Place[]>`
    with first as materialized (
      select edge_id, tenant_id from rating_due
      where seller_id = ${sellerId} and period = ${period}
      order by edge_id, tenant_id limit ${limit} for update)
    delete from rating_due due using first
    where due.seller_id = ${sellerId} and due.period = ${period}
      and due.edge_id = first.edge_id and due.tenant_id = first.tenant_id
    returning due.edge_id as "edgeId", due.tenant_id as "tenantId"`

/** True when some amounts of the seller's period are out of date. */
export const hasMarks = async (tx: Tx, sellerId: string, period: string): Promise<boolean> =>
  one(
    await tx<{ due: boolean }[]>`
    select exists (select from rating_due where seller_id = ${sellerId} and period = ${period}) as due`,
  )?.due ?? false
