import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import type { Grouping, Side } from './model.ts'
import type { Months, Slot, Slots } from './question.ts'

// The parts that the statements of summaries are made of.

/** What narrows a summary down; undefined does not. */
export type SummaryFilters = {
  readonly subscriptionId?: string | undefined
  readonly tenantId?: string | undefined
  readonly partnerId?: string | undefined
  readonly distributorId?: string | undefined
  readonly sku?: string | undefined
  /** The group of a row. */
  readonly skuId?: string | undefined
}

/** Which rows of which edges. */
export type SummaryScope = { readonly viewer: Actor; readonly side: Side; readonly filters: SummaryFilters }

/** What amounts are grouped by; usage alone has regions and days too. */
export type AmountGrouping = Exclude<Grouping, 'region' | 'day'>

/** What one unit of a currency is worth in the reporting currency, for a month; no row: nothing is known. */
type ReportingRate = { readonly currency: string; readonly period: string; readonly rate: string }

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

/** A slot with its number in the answer. */
export type Numbered = { readonly slot: Slot; readonly number: 0 | 1 }

type Fragment = ReturnType<typeof inMonths>

/** `row` is the alias of buckets or documents: both say who sells, who buys and who sees them. */
export const onSide = (
  tx: Tx,
  { viewer, side }: Pick<SummaryScope, 'viewer' | 'side'>,
  row: 'bucket' | 'invoice' | 'ahead',
) => {
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
  ${filters.skuId ? tx`and ${tx(`${row}.sku_id`)} = ${filters.skuId}` : tx``}
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

/** Beside a row of this alias its rate, where there is a reporting currency. */
export const joinRates = (tx: Tx, { reporting }: SummaryWish, row: string) =>
  reporting
    ? tx`left join ${ratesOf(tx, reporting.rates)} on fx.currency = ${tx(`${row}.currency`)} and fx.period = ${tx(`${row}.period`)}`
    : tx``

/** An amount as it is told: converted and rounded where there is a reporting currency. */
export const told = (tx: Tx, { reporting }: SummaryWish, amount: Fragment) =>
  reporting ? tx`round(${amount} * fx.rate, ${reporting.digits}::int)` : amount

/** True when some line has no rate. */
export const isUnconverted = (tx: Tx, { reporting }: SummaryWish) =>
  reporting ? tx`bool_or(fx.rate is null)` : tx`false`

/** Behind the last group and currency of the page before. */
export const behind = (tx: Tx, { after }: SummaryWish, group: Fragment, row: string) =>
  after ? tx`and (${group}, ${tx(`${row}.currency`)}) > (${after.groupId}, ${after.currency})` : tx``
