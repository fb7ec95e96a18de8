import type postgres from 'postgres'
import { newId } from '../../src/platform/ids.ts'
import { first } from './harms.ts'

type Sql = postgres.TransactionSql

/** As `harms`, of what leads from one row to another, and of what is said twice. */
export const referenceHarms: Record<string, (sql: Sql) => Promise<string[]>> = {
  'the quantity of a bucket and of its line': async (sql) => {
    const line = await first(sql`
      update invoice_line set quantity = quantity + 1 where (invoice_id, line) = (
        select invoice_id, line from invoice_line join invoice on invoice.id = invoice_id
        where state = 'issued' and type = 'invoice' and kind = 'usage' and not is_taxed
          and not exists (select from discount_use where discount_use.invoice_id = invoice.id)
        order by invoice_id, line limit 1) returning *`)
    const bucket = await first(sql`
      update rated_bucket set quantity = quantity + 1
      where invoice_id = ${line['invoice_id']} and subscription_id = ${line['subscription_id']} and sku_id = ${line['sku_id']}
        and service_period = ${line['service_period']} and region_id = ${line['region_id']}
        and service_start = ${line['service_start']} and kind = 'usage' returning ${bucketColumns(sql)}`)
    return [`I3: ${fullName(bucket)}`, `I3 I10: invoice ${line['invoice_id']}`]
  },
  'the buyer of a bucket': async (sql) => {
    const bucket = await first(sql`
      update rated_bucket set buyer_id = ${newId()} where ${oneFresh(sql)} returning ${bucketColumns(sql)}`)
    return [`I3: ${shortName(bucket)}`]
  },
  'the currency of a bucket': async (sql) => {
    const bucket = await first(sql`
      update rated_bucket set currency = 'JPY', currency_digits = 0 where ${oneFresh(sql)} returning ${bucketColumns(sql)}`)
    return [`I3: ${shortName(bucket)}`]
  },
  'a bucket in another branch': async (sql) => {
    const bucket = await first(sql`
      update rated_bucket set partner_id = ${newId()} where ${oneFresh(sql)} returning ${bucketColumns(sql)}`)
    return [`I3: ${shortName(bucket)}`]
  },
  'an edge of a chain in another branch': async (sql) => {
    const place = await first(sql`
      update chain_edge set partner_id = ${newId()} where (chain_id, edge_id) = (
        select chain_id, edge_id from chain_edge order by 1, 2 limit 1) returning chain_id, edge_id`)
    const buckets = await sql`
      select ${bucketColumns(sql)} from rated_bucket where (chain_id, edge_id) = (${place['chain_id']}, ${place['edge_id']})`
    return [
      `I5: edge ${place['edge_id']} of chain ${place['chain_id']}`,
      ...buckets.map((one) => `I3: ${shortName(one)}`),
    ]
  },
  'a price of another scope than its list': async (sql) => {
    const rate = await first(sql`
      update price_rate set scope = 'default', target_id = ${newId()} where id = (
        select price_rate_id from derived_rate limit 1) returning id`)
    return [`I3: price ${rate['id']}`]
  },
  'the parties of a document': async (sql) => {
    const invoice = await first(sql`
      update invoice set parties = '{}' where id = (select min(id::text)::uuid from invoice where state = 'issued') returning id`)
    return [`I3 I10: invoice ${invoice['id']}`, `I3 I10: invoice ${invoice['id']}`]
  },
  'what a document says it used of a discount': async (sql) => {
    const use = await first(sql`
      update discount_use set amount = amount + 0.5 where available is null and (discount_id, invoice_id) = (
        select discount_id, invoice_id from discount_use where available is null order by 1, 2 limit 1) returning *`)
    return [`I3: discount ${use['discount_id']} on invoice ${use['invoice_id']}`]
  },
  'a discount of another buyer': async (sql) => {
    const discount = await first(sql`
      update discount set buyer_id = seller_id where id = (select min(discount_id::text)::uuid from discount_use) returning id`)
    const uses = await sql`
      select invoice_id from discount_use join invoice on invoice.id = invoice_id and state <> 'discarded'
      where discount_id = ${discount['id']}`
    return uses.map((use) => `I3: discount ${discount['id']} on invoice ${use['invoice_id']}`)
  },
  'a payment that takes back one that nobody made': async (sql) => {
    const payment = await first(sql`
      update payment set reverses = ${newId()} where reverses is not null returning id`)
    return [`I3: payment ${payment['id']}`]
  },
  'an earning on no document': async (sql) => {
    const earning = await first(sql`
      update earning set invoice_id = ${newId()} where id = (
        select min(id::text)::uuid from earning where position is null) returning id`)
    return [`I3: earning ${earning['id']}`]
  },
  'a day too many of an earning': async (sql) => {
    const earning = await first(sql`
      update earning set service_end = service_end + 1 where id = (
        select earning.id from earning join invoice_line line on line.invoice_id = earning.invoice_id and line.line = earning.line
        where earning.position is null and earning.service_end = line.service_end and earning.service_start = line.service_start
        order by 1 limit 1) returning id`)
    return [`I3: earning ${earning['id']}`]
  },
  'a rule of another payer': async (sql) => {
    const rule = await first(sql`
      update commission_rule set payer_id = ${newId()} where id = (select min(rule_id::text)::uuid from earning) returning id`)
    const earnings = await sql`select id from earning where rule_id = ${rule['id']}`
    return earnings.map(({ id }) => `I3: earning ${id}`)
  },
}

const oneFresh = (sql: Sql) => sql`
  ctid = (select ctid from rated_bucket where state = 'fresh' and period = '2024-11' and seller_id <> buyer_id limit 1)`

const bucketColumns = (sql: Sql) => sql`edge_id, subscription_id, sku_id, period, service_start::text as start`

const shortName = (bucket: postgres.Row): string =>
  `bucket of subscription ${bucket['subscription_id']}, SKU ${bucket['sku_id']} on edge ${bucket['edge_id']} posted to ${bucket['period']}`

const fullName = (bucket: postgres.Row): string =>
  `bucket of subscription ${bucket['subscription_id']}, SKU ${bucket['sku_id']} from ${bucket['start']} on edge ${bucket['edge_id']} posted to ${bucket['period']}`
