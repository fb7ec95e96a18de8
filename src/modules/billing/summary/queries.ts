import { one, type Tx } from '../../../platform/db.ts'
import { estimateSums } from './queries-estimates.ts'
import { paperSums } from './queries-papers.ts'
import {
  behind,
  filtered,
  groupColumn,
  inMonths,
  isUnconverted,
  joinRates,
  nameOf,
  type Numbered,
  onSide,
  type SummaryWish,
  told,
} from './queries-parts.ts'
import type { SummaryRow } from './model.ts'
import type { Months } from './question.ts'

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
  credited: string | null
  unbilledTax: string | null
  /** Of some line that is not billed it is not known how it is taxed. */
  isTaxUnknown: boolean
  draftTax: string | null
  billedTax: string | null
  creditedTax: string | null
  /** Of some line it is not known what it is worth in the reporting currency. */
  isUnconverted: boolean
  parkedLines: number
  parkedReasons: string[]
  asOf: string | null
}

/**
 * Each bucket is rounded as its line is, and then summed. Drafts are their seller's: for others they are not billed yet.
 * Of the past only what is on documents is known.
 */
const bucketAmounts = (tx: Tx, wish: SummaryWish, asOf: string | null) => {
  const amount = told(tx, wish, tx`round(unrounded, currency_digits)`)
  const id = wish.viewer.organizationId
  const billed = tx`sum(${amount}) filter (where state in ('billed', 'settled')) as billed, null::numeric as credited, null::numeric as unbilled_tax, false as is_tax_unknown, null::numeric as draft_tax,
    null::numeric as billed_tax, null::numeric as credited_tax, ${isUnconverted(tx, wish)} as is_unconverted`
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

const slotSums = (tx: Tx, wish: SummaryWish, numbered: Numbered) => tx`
  ${bucketSums(tx, wish, numbered)} union all ${paperSums(tx, wish, numbered)}
  ${numbered.slot.asOf === null ? tx`union all ${estimateSums(tx, wish, numbered)}` : tx``}`

/** The sums per group, currency and slot, in the order of the groups; a group of one slot only has one row. */
export const listSums = (tx: Tx, wish: SummaryWish) => {
  const { asked, compared } = wish.slots
  const sums = slotSums(tx, wish, { slot: asked, number: 0 })
  return tx<SummedRow[]>`
    with part as (
      ${compared ? tx`${sums} union all ${slotSums(tx, wish, { slot: compared, number: 1 })}` : sums}
    ), line as (
      select slot, group_id, currency, sku_id, sum(quantity) as quantity, sum(unbilled) as unbilled, sum(draft) as draft,
             sum(billed) as billed, sum(credited) as credited, sum(unbilled_tax) as unbilled_tax, bool_or(is_tax_unknown) as is_tax_unknown, sum(draft_tax) as draft_tax,
             sum(billed_tax) as billed_tax, sum(credited_tax) as credited_tax, bool_or(is_unconverted) as is_unconverted, sum(parked) as parked, max(first_reason) as first_reason,
             min(last_reason) as last_reason, max(rated_at) as rated_at
      from part group by slot, group_id, currency, sku_id
    ), place as (
      select distinct group_id, currency from line order by group_id, currency limit ${wish.limit + 1}
    ), page as (
      select slot, group_id, currency, jsonb_object_agg(sku.code, trim_scale(line.quantity)::text) as quantities,
             sum(unbilled) as unbilled, sum(draft) as draft, sum(billed) as billed, sum(credited) as credited, sum(unbilled_tax) as unbilled_tax, bool_or(is_tax_unknown) as is_tax_unknown, sum(draft_tax) as draft_tax,
             sum(billed_tax) as billed_tax, sum(credited_tax) as credited_tax, bool_or(is_unconverted) as is_unconverted, sum(parked)::int as parked,
             array_remove(array_agg(distinct first_reason) || array_agg(distinct last_reason), null) as reasons,
             max(rated_at) as rated_at
      from line join place using (group_id, currency) join sku on sku.id = line.sku_id
      group by slot, group_id, currency
    )
    select slot, group_id as "groupId", ${nameOf(tx, wish.groupBy)} as name, currency, quantities as "quantityBySku",
           unbilled::text, draft::text, billed::text, credited::text, unbilled_tax::text as "unbilledTax", is_tax_unknown as "isTaxUnknown", draft_tax::text as "draftTax",
           billed_tax::text as "billedTax", credited_tax::text as "creditedTax", is_unconverted as "isUnconverted", parked as "parkedLines", reasons as "parkedReasons",
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
