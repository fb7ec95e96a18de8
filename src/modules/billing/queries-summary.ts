import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import type { Grouping, Side, SummaryRow } from './summary-model.ts'
import type { Months, Slot, Slots } from './summary-question.ts'

/** What narrows a summary down; undefined does not. */
export type SummaryFilters = {
  readonly subscriptionId?: string | undefined
  readonly tenantId?: string | undefined
  readonly partnerId?: string | undefined
  readonly distributorId?: string | undefined
  readonly sku?: string | undefined
}

/** Which rows of which edges. */
export type SummaryScope = { readonly viewer: Actor; readonly side: Side; readonly filters: SummaryFilters }

/** What amounts are grouped by; usage alone has regions and days too. */
export type AmountGrouping = Exclude<Grouping, 'region' | 'day'>

/** What one unit of a currency is worth in the reporting currency, for a month; no row: nothing is known. */
export type ReportingRate = { readonly currency: string; readonly period: string; readonly rate: string }

/** A currency of so many digits that everything is told in. */
export type Reporting = { readonly digits: number; readonly rates: readonly ReportingRate[] }

/** A page of sums. With `reporting` each line is converted, rounded again and then summed. */
export type SummaryWish = SummaryScope & {
  readonly reporting?: Reporting | undefined
  readonly slots: Slots
  readonly groupBy: AmountGrouping
  readonly after: { readonly groupId: string; readonly currency: string } | undefined
  readonly limit: number
}

/** A summed row of one slot; amounts are decimal text, null where nothing is known of that state. */
export type SummedRow = {
  /** 0 is what was asked, 1 what it is compared with. */
  slot: 0 | 1
  groupId: string
  name: string | null
  currency: string
  quantityBySku: Record<string, string>
  unbilled: string | null
  draft: string | null
  billed: string | null
  /** Of some line it is not known what it is worth in the reporting currency. */
  isUnconverted: boolean
  parkedLines: number
  parkedReasons: string[]
  asOf: string | null
}

type Fragment = ReturnType<typeof inMonths>

/** `row` is the alias of buckets or documents: both say who sells, who buys and who sees them. */
export const onSide = (tx: Tx, { viewer, side }: Pick<SummaryScope, 'viewer' | 'side'>, row: 'bucket' | 'invoice') => {
  const id = viewer.organizationId
  const [seller, buyer] = [tx(`${row}.seller_id`), tx(`${row}.buyer_id`)]
  const seen = tx`${tx(`${row}.see_${viewer.level}_id`)} = ${id}`
  if (side === 'sell') return tx`${seller} = ${id} and ${buyer} <> ${id}`
  if (side === 'buy') return tx`${seen} and ${buyer} = ${id} and ${seller} <> ${id}`
  if (side === 'cost') return tx`${seller} = ${id} and ${buyer} = ${id}`
  // Agents are neither seller nor buyer of an edge they see; the platform sees every edge and is no agent.
  const isDealer = viewer.level === 'distributor' || viewer.level === 'partner'
  return isDealer ? tx`${seen} and ${seller} <> ${id} and ${buyer} <> ${id}` : tx`false`
}

/** Months of a row; one month is an equality, so that nothing but that month is looked at. */
export const inMonths = (tx: Tx, column: string, { first, last }: Months) =>
  first === last ? tx`${tx(column)} = ${first}` : tx`${tx(column)} between ${first} and ${last}`

/** `row` is the alias of anything that names its subscription, tenant, partner, distributor and SKU. */
export const filtered = (tx: Tx, filters: SummaryFilters, row: string) => tx`
  ${filters.subscriptionId ? tx`and ${tx(`${row}.subscription_id`)} = ${filters.subscriptionId}` : tx``}
  ${filters.tenantId ? tx`and ${tx(`${row}.tenant_id`)} = ${filters.tenantId}` : tx``}
  ${filters.partnerId ? tx`and ${tx(`${row}.partner_id`)} = ${filters.partnerId}` : tx``}
  ${filters.distributorId ? tx`and ${tx(`${row}.distributor_id`)} = ${filters.distributorId}` : tx``}
  ${filters.sku ? tx`and ${tx(`${row}.sku_id`)} = (select sku.id from sku where sku.code = ${filters.sku})` : tx``}`

/** What a row belongs to; months may stand later than they are, beside others. */
export const groupColumn = (tx: Tx, groupBy: AmountGrouping, row: string, shift: number): Fragment => {
  if (groupBy !== 'month') return tx`${tx(`${row}.${groupBy}_id`)}`
  const period = tx(`${row}.period`)
  if (shift === 0) return tx`${period}`
  return tx`to_char((${period} || '-01')::date + make_interval(months => ${shift}), 'YYYY-MM')`
}

/** The name of `page.group_id`, where the reader may know it. */
export const nameOf = (tx: Tx, groupBy: AmountGrouping) => {
  if (groupBy === 'month') return tx`page.group_id`
  if (groupBy === 'subscription') return tx`(select name from subscription where subscription.id = page.group_id)`
  if (groupBy === 'sku') return tx`(select name from sku where sku.id = page.group_id)`
  return tx`(select name from organization where organization.id = page.group_id)`
}

/** The rates of the reporting currency, to be joined as `fx`. */
export const ratesOf = (tx: Tx, rates: readonly ReportingRate[]) => tx`
  unnest(${rates.map((one) => one.currency)}::text[], ${rates.map((one) => one.period)}::text[],
         ${rates.map((one) => one.rate)}::numeric[]) as fx (currency, period, rate)`

const joinRates = (tx: Tx, { reporting }: SummaryWish, row: string) =>
  reporting
    ? tx`left join ${ratesOf(tx, reporting.rates)} on fx.currency = ${tx(`${row}.currency`)} and fx.period = ${tx(`${row}.period`)}`
    : tx``

const told = (tx: Tx, { reporting }: SummaryWish, amount: Fragment) =>
  reporting ? tx`round(${amount} * fx.rate, ${reporting.digits}::int)` : amount

const isUnconverted = (tx: Tx, { reporting }: SummaryWish) => (reporting ? tx`bool_or(fx.rate is null)` : tx`false`)

/**
 * Each bucket is rounded as its line is, and then summed. Drafts are their seller's: for others they are not billed yet.
 * Of the past only what is on documents is known.
 */
const bucketAmounts = (tx: Tx, wish: SummaryWish, asOf: string | null) => {
  const amount = told(tx, wish, tx`round(unrounded, currency_digits)`)
  const id = wish.viewer.organizationId
  const billed = tx`sum(${amount}) filter (where state = 'billed') as billed, ${isUnconverted(tx, wish)} as is_unconverted`
  if (asOf !== null) return tx`null::numeric as unbilled, null::numeric as draft, ${billed}`
  return tx`
    sum(${amount}) filter (where state = 'fresh' or (state = 'drafted' and seller_id <> ${id})) as unbilled,
    sum(${amount}) filter (where state = 'drafted' and seller_id = ${id}) as draft, ${billed}`
}

const issuedBy = (tx: Tx, asOf: string | null) =>
  asOf === null
    ? tx``
    : tx`and bucket.state = 'billed' and exists (
           select from invoice where invoice.id = bucket.invoice_id and invoice.issued_at <= ${asOf})`

type Numbered = { readonly slot: Slot; readonly number: 0 | 1 }

const behind = (tx: Tx, { after }: SummaryWish, group: Fragment, row: string) =>
  after ? tx`and (${group}, ${tx(`${row}.currency`)}) > (${after.groupId}, ${after.currency})` : tx``

const bucketSums = (tx: Tx, wish: SummaryWish, { slot, number }: Numbered) => {
  const group = groupColumn(tx, wish.groupBy, 'bucket', slot.shift)
  return tx`
    select ${number}::int as slot, ${group} as group_id, bucket.currency, bucket.sku_id, sum(quantity) as quantity,
           ${bucketAmounts(tx, wish, slot.asOf)}, count(*) filter (where state = 'parked') as parked,
           max(parked_for) as first_reason, min(parked_for) as last_reason, max(rated_at) as rated_at
    from rated_bucket bucket ${joinRates(tx, wish, 'bucket')}
    where ${onSide(tx, wish, 'bucket')} and ${inMonths(tx, 'bucket.period', slot)}
      ${filtered(tx, wish.filters, 'bucket')} ${issuedBy(tx, slot.asOf)} ${behind(tx, wish, group, 'bucket')}
    group by 2, 3, 4`
}

/** A discount is a line without a bucket: it belongs to what it reduces. */
const discountSums = (tx: Tx, wish: SummaryWish, { slot, number }: Numbered) => {
  const group = groupColumn(tx, wish.groupBy, 'discount', slot.shift)
  const isIssued = slot.asOf === null ? tx`` : tx`and invoice.state = 'issued' and invoice.issued_at <= ${slot.asOf}`
  const net = told(tx, wish, tx`discount.net`)
  return tx`
    select ${number}::int, ${group}, discount.currency, discount.sku_id, 0, null,
           sum(${net}) filter (where state <> 'issued'), sum(${net}) filter (where state = 'issued'),
           ${isUnconverted(tx, wish)}, 0, null, null, null
    from (
      select invoice.period, invoice.currency, invoice.state, line.subscription_id, line.tenant_id, line.sku_id,
             chain.partner_id, chain.distributor_id, line.net
      from invoice
      join invoice_line line on line.invoice_id = invoice.id and line.kind = 'discount'
      join chain on chain.tenant_id = line.tenant_id
        and chain.valid @> ((line.service_period || '-01')::date + interval '1 month' - interval '1 day')::date
      where ${onSide(tx, wish, 'invoice')} and ${inMonths(tx, 'invoice.period', slot)} and invoice.state <> 'discarded'
        and invoice.type = 'invoice' ${isIssued}
    ) discount ${joinRates(tx, wish, 'discount')}
    where true ${filtered(tx, wish.filters, 'discount')} ${behind(tx, wish, group, 'discount')}
    group by 2, 3, 4`
}

const slotSums = (tx: Tx, wish: SummaryWish, numbered: Numbered) => tx`
  ${bucketSums(tx, wish, numbered)} union all ${discountSums(tx, wish, numbered)}`

/** The sums per group, currency and slot, in the order of the groups; a group of one slot only has one row. */
export const listSums = (tx: Tx, wish: SummaryWish) => {
  const { asked, compared } = wish.slots
  const sums = slotSums(tx, wish, { slot: asked, number: 0 })
  return tx<SummedRow[]>`
    with part as (
      ${compared ? tx`${sums} union all ${slotSums(tx, wish, { slot: compared, number: 1 })}` : sums}
    ), line as (
      select slot, group_id, currency, sku_id, sum(quantity) as quantity, sum(unbilled) as unbilled, sum(draft) as draft,
             sum(billed) as billed, bool_or(is_unconverted) as is_unconverted, sum(parked) as parked, max(first_reason) as first_reason,
             min(last_reason) as last_reason, max(rated_at) as rated_at
      from part group by slot, group_id, currency, sku_id
    ), place as (
      select distinct group_id, currency from line order by group_id, currency limit ${wish.limit + 1}
    ), page as (
      select slot, group_id, currency, jsonb_object_agg(sku.code, trim_scale(line.quantity)::text) as quantities,
             sum(unbilled) as unbilled, sum(draft) as draft, sum(billed) as billed, bool_or(is_unconverted) as is_unconverted, sum(parked)::int as parked,
             array_remove(array_agg(distinct first_reason) || array_agg(distinct last_reason), null) as reasons,
             max(rated_at) as rated_at
      from line join place using (group_id, currency) join sku on sku.id = line.sku_id
      group by slot, group_id, currency
    )
    select slot, group_id as "groupId", ${nameOf(tx, wish.groupBy)} as name, currency, quantities as "quantityBySku",
           unbilled::text, draft::text, billed::text, is_unconverted as "isUnconverted", parked as "parkedLines", reasons as "parkedReasons",
           rated_at as "asOf"
    from page order by group_id, currency, slot`
}

/** Where some months stand: all closed by the platform, all ended by the clock, or one of them still open. */
export const findPeriodState = async (tx: Tx, { first, last }: Months) =>
  one(
    await tx<{ state: SummaryRow['periodState'] }[]>`
    select case when (select count(*) from billing_period where period between ${first} and ${last} and state = 'closed')
                       = (extract(year from span) * 12 + extract(month from span) + 1) then 'closed'
                when to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') > ${last} then 'ended'
                else 'open' end as state
    from age((${`${last}-01`})::date, (${`${first}-01`})::date) as span`,
  )?.state ?? 'open'
