import type { Tx } from '../../../platform/db.ts'
import {
  behind,
  filtered,
  groupColumn,
  inMonths,
  isUnconverted,
  joinRates,
  type Numbered,
  onSide,
  type SummaryScope,
  type SummaryWish,
  told,
} from './queries-parts.ts'
import type { Slot } from './question.ts'

// What documents say that no bucket knows: discounts, credits, and the taxes of their lines.

/** The documents of a slot on one side. */
export const documentsOf = (tx: Tx, wish: SummaryScope, slot: Pick<Slot, 'first' | 'last' | 'asOf'>) => tx`
  ${onSide(tx, wish, 'invoice')} and ${inMonths(tx, 'invoice.period', slot)} and invoice.state <> 'discarded'
  ${slot.asOf === null ? tx`` : tx`and invoice.state = 'issued' and invoice.issued_at <= ${slot.asOf}`}`

/**
 * The share of each line in the taxes of its document: a tax is split over the lines that it is on, by their nets, in minor
 * units by largest remainder, ties by line number (law 2). A line says its category and rates; of a tax whose base is that
 * of no such set of lines, all lines of its category bear their part.
 */
export const taxShares = (tx: Tx, documents: ReturnType<typeof documentsOf>) => tx`
  with taxed as (
    select line.invoice_id, line.line, line.net, line.tax_category, invoice.currency_digits as digits,
           sum(line.net) over (partition by line.invoice_id, line.tax_category, line.tax_rate_ids) as set_net
    from invoice join invoice_line line on line.invoice_id = invoice.id
    where ${documents} and invoice.tax <> 0
  ), borne as (
    select taxed.*, tax.position, tax.amount, tax.base,
           bool_or(taxed.set_net = tax.base) over (partition by taxed.invoice_id, tax.position) as is_exact
    from taxed join invoice_tax tax on tax.invoice_id = taxed.invoice_id and tax.category = taxed.tax_category
  ), weighed as (
    select *, sum(net) over one_tax as total, count(*) over one_tax as lines,
           abs(amount) * ('1e' || digits)::numeric as units
    from borne where not is_exact or set_net = base
    window one_tax as (partition by invoice_id, position)
  ), split as (
    select *, units * case when total = 0 then 1 else net * sign(total) end as product,
           case when total = 0 then lines::numeric else abs(total) end as divisor
    from weighed
  ), floored as (
    select *, div(product, divisor) - (product < 0 and mod(product, divisor) <> 0)::int as given from split
  ), ranked as (
    select *, units - sum(given) over (partition by invoice_id, position) as rest,
           row_number() over (partition by invoice_id, position order by product - given * divisor desc, line) as place
    from floored
  )
  select invoice_id, line, sum(round(sign(amount) * (given + (place <= rest)::int) / ('1e' || digits)::numeric, digits)) as tax
  from ranked group by invoice_id, line`

/**
 * Lines of documents that say more than their bucket, and those of documents in place of others, which have none: credits count against what is billed, whatever
 * their sign on paper.
 */
const papers = (tx: Tx, wish: SummaryWish, slot: Slot) => tx`
  select invoice.period, invoice.currency, line.subscription_id, line.tenant_id, line.sku_id, chain.partner_id,
         chain.distributor_id,
         case when invoice.type = 'credit_note' then 'credited' when invoice.state = 'issued' then 'billed' else 'draft' end as figure,
         case when invoice.type = 'credit_note' then line.net * sign(invoice.total)
              when line.kind = 'discount' or invoice.run_id is null then line.net else 0 end as net,
         coalesce(share.tax, 0) * case when invoice.type = 'credit_note' then sign(invoice.total) else 1 end as tax
  from invoice
  join invoice_line line on line.invoice_id = invoice.id
    and (line.kind = 'discount' or invoice.type = 'credit_note' or invoice.run_id is null or invoice.tax <> 0)
  join chain on chain.tenant_id = line.tenant_id
    and chain.valid @> ((line.service_period || '-01')::date + interval '1 month' - interval '1 day')::date
  left join (${taxShares(tx, documentsOf(tx, wish, slot))}) share on share.invoice_id = line.invoice_id and share.line = line.line
  where ${documentsOf(tx, wish, slot)} and (invoice.type = 'invoice' or invoice.state = 'issued')`

/** What documents add to the sums of buckets: discounts, credits and taxes, by group, currency and SKU. */
export const paperSums = (tx: Tx, wish: SummaryWish, { slot, number }: Numbered) => {
  const group = groupColumn(tx, wish.groupBy, 'paper', slot.shift)
  const [net, tax] = [told(tx, wish, tx`paper.net`), told(tx, wish, tx`paper.tax`)]
  const of = (amount: typeof net, figure: string) => tx`sum(${amount}) filter (where figure = ${figure})`
  return tx`
    select ${number}::int, ${group}, paper.currency, paper.sku_id, 0, null, ${of(net, 'draft')}, ${of(net, 'billed')},
           ${of(net, 'credited')}, null, false, ${of(tax, 'draft')}, ${of(tax, 'billed')}, ${of(tax, 'credited')},
           ${isUnconverted(tx, wish)}, 0, null, null, null
    from (${papers(tx, wish, slot)}) paper ${joinRates(tx, wish, 'paper')}
    where true ${filtered(tx, wish.filters, 'paper')} ${behind(tx, wish, group, 'paper')}
    group by 2, 3, 4`
}
