import type postgres from 'postgres'

/** What the books must show when every seller's run is done. */
type Books = {
  readonly issued: number
  readonly lines: number
  readonly sellers: number
  /** Documents whose amounts are not the sum of their lines. */
  readonly wrongTotals: number
  /** Sellers whose numbers do not run from 1 to the number of their documents. */
  readonly wrongSeries: number
  /** Lines that differ from a computation in SQL out of daily usage and the price list. */
  readonly wrongLines: number
  /** Sum of all postings; must be nothing. */
  readonly imbalance: string
}

const totals = (sql: postgres.Sql, period: string) => sql<
  Pick<Books, 'issued' | 'lines' | 'sellers' | 'wrongTotals'>[]
>`
  select count(*) filter (where state = 'issued')::int as issued, sum(lines.count)::int as lines,
         count(distinct seller_id)::int as sellers,
         count(*) filter (where invoice.net <> lines.net or total <> lines.net or invoice.lines <> lines.count)::int as "wrongTotals"
  from invoice
  left join (select invoice_id, sum(net) as net, count(*) as count from invoice_line group by invoice_id) lines
    on lines.invoice_id = invoice.id
  where period = ${period}`

const series = (sql: postgres.Sql, period: string) => sql<Pick<Books, 'wrongSeries'>[]>`
  select count(*)::int as "wrongSeries" from (
    select from invoice where period = ${period} group by seller_id
    having min(number_sequence) <> 1 or max(number_sequence) <> count(*) or count(distinct number_sequence) <> count(*)
  ) gap`

/** Computes every line again: the month's quantity, the seller's rate by its kind, rounded once, half away from zero. */
const recomputed = (sql: postgres.Sql) => sql<Pick<Books, 'wrongLines'>[]>`
  with used as (
    select subscription_id, sku_id, sum(sum_quantity) as quantity from usage_daily group by 1, 2
  ), tier as (
    select rate.id, (tier.value ->> 'unitPrice')::numeric as price, (tier.value ->> 'upTo')::numeric as up_to,
           coalesce(lag((tier.value ->> 'upTo')::numeric) over (partition by rate.id order by tier.place), 0) as above
    from price_rate rate cross join lateral jsonb_array_elements(rate.rate -> 'tiers') with ordinality as tier (value, place)
  ), expected as (
    select line.invoice_id, line.line, used.quantity, case rate.rate ->> 'kind'
        when 'per_unit' then used.quantity * (rate.rate ->> 'unitPrice')::numeric
        when 'graduated' then (
          select sum(greatest(least(used.quantity, coalesce(up_to, used.quantity)) - above, 0) * price)
          from tier where tier.id = rate.id)
        when 'volume' then (
          select used.quantity * price from tier
          where tier.id = rate.id and (used.quantity > above or above = 0) and (used.quantity <= up_to or up_to is null))
      end as amount
    from invoice_line line
    join price_rate rate on rate.id = line.price_rate_id and rate.seller_id = line.seller_id and rate.sku_id = line.sku_id
    join used on used.subscription_id = line.subscription_id and used.sku_id = line.sku_id
  )
  select count(*) filter (where expected.amount is null or line.quantity <> expected.quantity
                          or line.unrounded <> expected.amount or line.net <> round(expected.amount, 2))::int as "wrongLines"
  from invoice_line line left join expected using (invoice_id, line)`

/** Reads the books as the superuser and computes them again. */
export async function readBooks(sql: postgres.Sql, period: string): Promise<Books> {
  const [[one], [two], [three], [four]] = [
    await totals(sql, period),
    await series(sql, period),
    await recomputed(sql),
    await sql<{ imbalance: string }[]>`select trim_scale(coalesce(sum(amount), 0))::text as imbalance from posting`,
  ]
  if (!one || !two || !three || !four) throw new Error('invariant broken: an aggregate query answers one row')
  return { ...one, ...two, ...three, imbalance: four.imbalance }
}
