import type { ChargeDetails } from '../../../billing/charge-amounts.ts'
import type { ChargeTerms, Phase } from '../../../billing/charges.ts'
import type { Instant, InstantSpan } from '../../../billing/prorate.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Branch } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'

// What is read to charge subscriptions, for the tenants of one chunk. Runs as weir_seller.

/** An edge of the seller on one of a tenant's chains, with the days on which both stood; null bounds are without end. */
export type SoldRow = {
  tenantId: string
  chainId: string
  edgeId: string
  kind: 'sale' | 'cost'
  buyerId: string
  currency: string
  from: string | null
  to: string | null
}

export const listSold = (tx: Tx, sellerId: string, tenantIds: readonly string[]) =>
  tx<SoldRow[]>`
    select chain.tenant_id as "tenantId", chain.id as "chainId", edge.id as "edgeId", edge.kind, edge.buyer_id as "buyerId",
           edge.currency, lower(chain.valid * edge.valid) as "from", upper(chain.valid * edge.valid) as "to"
    from unnest(${[...tenantIds]}::uuid[]) as wanted (tenant_id)
    join chain on chain.tenant_id = wanted.tenant_id
    join chain_edge on chain_edge.chain_id = chain.id
    join edge on edge.id = chain_edge.edge_id and edge.seller_id = ${sellerId}
    where not isempty(chain.valid * edge.valid)
    order by chain.tenant_id, edge.id, lower(chain.valid * edge.valid) nulls first`

const utcInstant = (tx: Tx, day: string, time: string) =>
  tx`to_char(${tx(day)} + ${tx(time)}, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`

/** A subscription that some version of its plans charges for beside usage. Its first phase is what was ordered. */
export type LifeRow = {
  subscriptionId: string
  tenantId: string
  to: Instant | null
  first: Phase
  changes: Phase[]
}

const hasCharges = (tx: Tx, versionId: string) =>
  tx`exists (select from plan_item where plan_item.plan_version_id = ${tx(versionId)} and plan_item.kind <> 'usage')`

const lifeColumns = (tx: Tx) => tx`
  subscription.id as "subscriptionId", subscription.tenant_id as "tenantId",
  to_char(subscription.end_date, 'YYYY-MM-DD"T00:00:00Z"') as "to",
  json_build_object('from', ${utcInstant(tx, 'subscription.start_date', 'subscription.start_time')},
    'planVersionId', subscription.plan_version_id, 'quantity', trim_scale(subscription.quantity)::text,
    'isSuspended', false) as first,
  (select coalesce(json_agg(json_build_object(
       'from', ${utcInstant(tx, 'change.effective_on', 'change.effective_time')},
       'planVersionId', change.plan_version_id, 'quantity', trim_scale(change.quantity)::text,
       'isSuspended', change.is_suspended) order by change.effective_on), '[]')
   from subscription_change change where change.subscription_id = subscription.id) as changes`

/** The lives of the tenants' subscriptions, those without charges left out. */
export const listLives = (tx: Tx, tenantIds: readonly string[]) =>
  tx<LifeRow[]>`
    select ${lifeColumns(tx)} from subscription
    where subscription.tenant_id = any (${[...tenantIds]}::uuid[])
      and (${hasCharges(tx, 'subscription.plan_version_id')}
        or exists (select from subscription_change change
                   where change.subscription_id = subscription.id and ${hasCharges(tx, 'change.plan_version_id')}))
    order by subscription.id`

/** The life of a subscription that the caller was shown, charged or not. */
export const findLife = async (tx: Tx, subscriptionId: string) =>
  one(await tx<LifeRow[]>`select ${lifeColumns(tx)} from subscription where subscription.id = ${subscriptionId}`)

/** A sale edge on a tenant's chains, as its ends and the agents between see it. */
export type SeenEdge = { edgeId: string; sellerId: string; buyerId: string; currency: string }

/** The sale edges of a tenant of the branch that the viewer sees, from the top. Runs as the viewer's tier. */
export const listSeenEdges = (tx: Tx, viewer: Branch, tenantId: string) =>
  tx<SeenEdge[]>`
    select edge.id as "edgeId", edge.seller_id as "sellerId", edge.buyer_id as "buyerId", edge.currency
    from chain_edge place join edge on edge.id = place.edge_id
    where place.tenant_id = ${tenantId} and ${inBranch(tx, viewer, 'place')} and edge.kind = 'sale'
      and ${tx(`edge.see_${viewer.level}_id`)} = ${viewer.organizationId}
    group by edge.id order by min(place.position), edge.id`

export const listCodes = (tx: Tx, skuIds: readonly string[]) =>
  tx<{ id: string; code: string }[]>`select id, code from sku where id = any (${[...skuIds]}::uuid[])`

export type TermsRow = ChargeTerms & { readonly planVersionId: string }

/** What these plan versions charge beside usage. */
export const listTerms = (tx: Tx, planVersionIds: readonly string[]) =>
  tx<TermsRow[]>`
    select plan_version_id as "planVersionId", sku_id as "chargeId", kind, timing, charge_interval as interval, anchor,
           proration as unit, quantity_basis as basis
    from plan_item where plan_version_id = any (${[...planVersionIds]}::uuid[]) and kind <> 'usage'
    order by plan_version_id, sku_id`

/** What is billed of a charge and was not given back. */
export type BilledRow = {
  edgeId: string
  subscriptionId: string
  chargeId: string
  kind: 'recurring' | 'oneTime'
  span: InstantSpan
  planVersionId: string
  quantity: string
  rateId: string
  fxRateId: string | null
  taxCategory: string | null
  details: ChargeDetails
  invoiceId: string
}

export const listBilled = (tx: Tx, sellerId: string, tenantIds: readonly string[]) =>
  tx<BilledRow[]>`
    select edge_id as "edgeId", subscription_id as "subscriptionId", charge_id as "chargeId", kind,
           json_build_object('from', to_char(lower(period) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                             'to', to_char(upper(period) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as span,
           plan_version_id as "planVersionId", trim_scale(quantity)::text as quantity, price_rate_id as "rateId",
           fx_rate_id as "fxRateId", tax_category as "taxCategory", details, invoice_id as "invoiceId"
    from billed_service
    where seller_id = ${sellerId} and tenant_id = any (${[...tenantIds]}::uuid[])
    order by subscription_id, charge_id, period`

/** What drafts of other months charge or give back, parked ones too: neither to be charged nor given back again. */
export type TakenRow = {
  subscriptionId: string
  chargeId: string
  kind: 'recurring' | 'oneTime' | 'credit'
  span: InstantSpan
}

export const listTaken = (tx: Tx, sellerId: string, period: string, tenantIds: readonly string[]) =>
  tx<TakenRow[]>`
    select bucket.subscription_id as "subscriptionId", bucket.sku_id as "chargeId", bucket.kind,
           json_build_object('from', details->>'from', 'to', details->>'to') as span
    from invoice draft
    join rated_bucket bucket on bucket.invoice_id = draft.id and bucket.kind <> 'usage' and bucket.invoice_id is not null
    where draft.seller_id = ${sellerId} and draft.period <> ${period} and draft.state in ('draft', 'parked')
      and draft.type = 'invoice' and bucket.seller_id = ${sellerId} and bucket.tenant_id = any (${[...tenantIds]}::uuid[])
      and bucket.kind in ('recurring', 'oneTime', 'credit')`

/** A charge that a month of the seller's holds and that is on no document: it waits, or has got its price since. */
export type HeldRow = {
  edgeId: string
  subscriptionId: string
  chargeId: string
  period: string
  /** The days that it is for. */
  span: InstantSpan
}

export const listHeld = (tx: Tx, sellerId: string, tenantIds: readonly string[]) =>
  tx<HeldRow[]>`
    select edge_id as "edgeId", subscription_id as "subscriptionId", sku_id as "chargeId", period,
           json_build_object('from', to_char(service_start, 'YYYY-MM-DD"T00:00:00Z"'),
                             'to', to_char(service_end, 'YYYY-MM-DD"T00:00:00Z"')) as span
    from rated_bucket
    where seller_id = ${sellerId} and tenant_id = any (${[...tenantIds]}::uuid[]) and kind in ('recurring', 'oneTime')
      and state in ('fresh', 'parked')`

/** The months that are closed and that the seller has billed: what is known later goes on the next bill. */
export const listDonePeriods = (tx: Tx, sellerId: string) =>
  tx<{ period: string }[]>`
    select distinct run.period from billing_run run
    join billing_period on billing_period.period = run.period and billing_period.state = 'closed'
    where run.seller_id = ${sellerId} and run.state in ('issuing', 'done')`

/** A charge on an issued document. */
export type ChargeOnRow = Pick<
  BilledRow,
  'edgeId' | 'subscriptionId' | 'chargeId' | 'kind' | 'planVersionId' | 'quantity' | 'rateId' | 'details'
> & {
  tenantId: string
}

/** What the documents of a posting month charge the tenants' subscriptions. */
export const listChargesOn = (tx: Tx, sellerId: string, period: string, tenantIds: readonly string[]) =>
  tx<ChargeOnRow[]>`
    select edge_id as "edgeId", tenant_id as "tenantId", subscription_id as "subscriptionId", sku_id as "chargeId", kind,
           plan_version_id as "planVersionId", trim_scale(quantity)::text as quantity, price_rate_id as "rateId", details
    from rated_bucket
    where seller_id = ${sellerId} and period = ${period} and tenant_id = any (${[...tenantIds]}::uuid[]) and state = 'billed'
      and kind in ('recurring', 'oneTime') and details is not null and buyer_id <> seller_id
    order by edge_id, subscription_id, sku_id, service_start`

/** What a document of a posting month gives back of a charge; the amount is decimal text, not rounded. */
type CreditOnRow = { chainId: string; tenantId: string; edgeId: string; chargeId: string; unrounded: string }

/** What the documents of a posting month give back of the charges of the tenants' subscriptions. */
export const listCreditsOn = (tx: Tx, sellerId: string, period: string, tenantIds: readonly string[]) =>
  tx<CreditOnRow[]>`
    select chain_id as "chainId", tenant_id as "tenantId", edge_id as "edgeId", sku_id as "chargeId",
           trim_scale(unrounded)::text as unrounded
    from rated_bucket
    where seller_id = ${sellerId} and period = ${period} and tenant_id = any (${[...tenantIds]}::uuid[]) and state = 'billed'
      and kind = 'credit' and unrounded is not null
    order by edge_id, subscription_id, sku_id, service_start`
