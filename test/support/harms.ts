import postgres from 'postgres'
import { newId } from '../../src/platform/ids.ts'
import { hostOf } from '../../src/platform/postgres-url.ts'

type Sql = postgres.TransactionSql

/** Breaks what only a superuser can, past every trigger, right and foreign key. */
export async function breakIn<T>({ adminUrl }: { adminUrl: string }, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(adminUrl, { ...hostOf(adminUrl), max: 1, onnotice: () => {} })
  const done = await sql.begin(async (tx) => {
    await tx`set local session_replication_role = replica`
    return work(tx)
  })
  await sql.end({ timeout: 5 })
  return done as T
}

/** The first row. @throws when the books hold nothing of the kind. */
export const first = async (rows: PromiseLike<readonly postgres.Row[]>): Promise<postgres.Row> => {
  const [row] = await rows
  if (!row) throw new Error('there is nothing to break')
  return row
}

/** Each breaks one thing and answers the rows that must be named for it, and no others. */
export const harms: Record<string, (sql: Sql) => Promise<string[]>> = {
  'an event that was lost': async (sql) => {
    const event = await first(sql`
      delete from usage_event where (tenant_id, key) = (
        select tenant_id, key from usage_event where start_at = '2024-10-05' limit 1)
      returning tenant_id, key, batch_id, subscription_id, sku_id, region_id`)
    return [
      `I1: batch ${event['batch_id']}`,
      `I1 I2: usage key ${event['key']} of tenant ${event['tenant_id']}`,
      `I2: daily usage of subscription ${event['subscription_id']}, SKU ${event['sku_id']}, region ${event['region_id']} on 2024-10-05 posted to 2024-10`,
    ]
  },
  'an event that is there twice, in another month': async (sql) => {
    const event = await first(sql`
      insert into usage_event (tenant_id, key, subscription_id, distributor_id, partner_id, sku_id, region_id, record_id,
                               start_at, end_at, quantity, batch_id, posting_period)
      select tenant_id, key, subscription_id, distributor_id, partner_id, sku_id, region_id, record_id, '2024-11-07',
             '2024-11-07', quantity, batch_id, '2024-11'
      from usage_event where start_at = '2024-10-05' limit 1 returning *`)
    return [
      `I1: batch ${event['batch_id']}`,
      `I1 I2: usage key ${event['key']} of tenant ${event['tenant_id']}`,
      `I2: usage event ${event['key']} of tenant ${event['tenant_id']}`,
      `I2: daily usage of subscription ${event['subscription_id']}, SKU ${event['sku_id']}, region ${event['region_id']} on 2024-11-07 posted to 2024-11`,
    ]
  },
  'a key that was forgotten': async (sql) => {
    const key = await first(sql`
      delete from usage_key where (tenant_id, key) = (select tenant_id, key from usage_key order by key limit 1) returning *`)
    return [`I1 I2: usage key ${key['key']} of tenant ${key['tenant_id']}`]
  },
  'a receipt that counts one record too many': async (sql) => {
    const batch = await first(sql`
      update usage_batch set accepted = accepted + 1, sent = sent + 1 where id = (select min(id::text)::uuid from usage_batch)
      returning id`)
    return [`I1: batch ${batch['id']}`]
  },
  'the second day of a record that lasts over midnight': async (sql) => {
    const row = await first(sql`
      update usage_daily set last_quantity = last_quantity + 0.000000000001
      where (tenant_id, day) = (select tenant_id, day from usage_daily where day = '2024-09-20' order by 1 limit 1)
        and sku_id = (select id from sku where code = 'vm.hours') and region_id = (select id from region where code = 'eu')
      returning *`)
    return [
      `I2: daily usage of subscription ${row['subscription_id']}, SKU ${row['sku_id']}, region ${row['region_id']} on 2024-09-20 posted to 2024-09`,
      'I3: month 2024-09',
    ]
  },
  'a certificate that was rewritten': async (sql) => {
    await sql`
      update billing_period set certificate = certificate || '{"rows": "1"}' where period = '2024-10'`
    return ['I3: month 2024-10']
  },
  'an invariant that a certificate claims': async (sql) => {
    await sql`
      update billing_period set certificate = jsonb_set(certificate, '{invariants,2,figures,parked}', '"0"') where period = '2024-09'`
    return ['I3: month 2024-09']
  },
  'the counts of a certificate': async (sql) => {
    await sql`
      update billing_period set certificate = jsonb_set(certificate, '{counts,tenants}', '"999"') where period = '2024-09'`
    return ['I3: month 2024-09']
  },
  'a bucket that was never rated': async (sql) => {
    const bucket = await first(sql`
      delete from rated_bucket where (edge_id, subscription_id, sku_id, service_period) = (
        select edge_id, subscription_id, sku_id, service_period from rated_bucket
        where state = 'fresh' and period = '2024-11' and seller_id <> buyer_id limit 1) returning *`)
    return [
      `I3: usage of subscription ${bucket['subscription_id']}, SKU ${bucket['sku_id']} in 2024-11 posted to 2024-11`,
    ]
  },
  'the amount of a bucket that is billed': async (sql) => {
    const bucket = await first(sql`
      update rated_bucket set unrounded = unrounded + 0.0001 where ctid = (
        select ctid from rated_bucket where state = 'billed' and period = '2024-10' and quantity_before <> 0 limit 1) returning *`)
    const line = await first(sql`
      select line from invoice_line where invoice_id = ${bucket['invoice_id']} and subscription_id = ${bucket['subscription_id']}
        and sku_id = ${bucket['sku_id']} and service_period = ${bucket['service_period']}
        and region_id = ${bucket['region_id']} and service_start = ${bucket['service_start']}
        and case kind when 'late' then 'usage' else kind end = ${bucket['kind']}`)
    return [`I3: ${bucketName(bucket)}`, `I3: line ${line['line']} of invoice ${bucket['invoice_id']}`]
  },
  'a derived price that its base does not give': async (sql) => {
    const rate = await first(sql`
      update price_rate set rate = '{"kind":"per_unit","unitPrice":"0.14"}'
      where id = (select price_rate_id from derived_rate order by 1 limit 1) returning id`)
    return [`I3: derived rate ${rate['id']}`]
  },
  'a frozen price': async (sql) => {
    const rate = await first(sql`
      update price_rate set rate = '{"kind":"per_unit","unitPrice":"0.14"}'
      where id = (select price_rate_id from rated_bucket join sku on sku.id = sku_id
                  where code = 'disk.peak' and state = 'billed' and rated_bucket.unrounded <> 0 order by 1 limit 1) returning id`)
    const buckets = await sql`select * from rated_bucket where price_rate_id = ${rate['id']} and unrounded <> 0`
    return buckets.map((bucket) => `I3: ${bucketName(bucket)}`)
  },
  'another rate of exchange than the pinned one': async (sql) => {
    const rate = await first(sql`
      insert into fx_rate (id, seller_id, is_shared, from_currency, to_currency, rate, valid_from, source)
      select ${newId()}, seller_id, is_shared, from_currency, to_currency, 1.085, valid_from, source from fx_rate returning id`)
    const bucket = await first(
      sql`update rated_bucket set fx_rate_id = ${rate['id']} where ${converted(sql)} returning *`,
    )
    return [`I3: ${bucketName(bucket)}`]
  },
  'a rate of exchange that nobody gave': async (sql) => {
    const bucket = await first(sql`update rated_bucket set fx_rate_id = ${newId()} where ${converted(sql)} returning *`)
    // Neither is the rate one of its seller, nor can the amount be come to without it.
    return [`I3: ${bucketName(bucket)}`, `I3: ${bucketName(bucket)}`]
  },
  'a line that was rounded up': async (sql) => {
    const line = await first(sql`
      update invoice_line set net = net + 0.01 where (invoice_id, line) = (
        select invoice_id, line from invoice_line join invoice on invoice.id = invoice_id
        where state = 'issued' and type = 'invoice' and not is_taxed and not exists (select from earning where earning.invoice_id = invoice.id) limit 1) returning *`)
    const [invoice, row] = [`invoice ${line['invoice_id']}`, `line ${line['line']} of invoice ${line['invoice_id']}`]
    // By SQL and by TypeScript, sum and rounding; and the body is not the one that was hashed.
    return [`I3: ${invoice}`, `I3: ${row}`, `I3 I10: ${invoice}`, `I3 I10: ${invoice}`, `I3 I10: ${row}`]
  },
  'a discount that took more than it had': async (sql) => {
    const { discount_id: id } = await first(sql`
      update discount set limit_amount = 1 where limit_amount is not null returning id as discount_id`)
    return [`I3: discount ${id}`]
  },
  'the percentage of a discount': async (sql) => {
    const uses = await sql`
      with changed as (update discount set value = 25 where kind = 'percent' returning id)
      select distinct invoice_id from discount_use join changed on changed.id = discount_id`
    return uses.map(({ invoice_id: id }) => `I3: invoice ${id}`)
  },
  'a tax that was rounded down': async (sql) => {
    const { invoice_id: id } = await first(sql`
      update invoice_tax set amount = amount - 0.01 where (invoice_id, position) = (
        select invoice_id, position from invoice_tax join invoice on invoice.id = invoice_id where state = 'issued' limit 1)
      returning invoice_id`)
    // Neither do its lines give it, nor do the taxes add up; and the head is not the one that was hashed.
    return [`I3: invoice ${id}`, `I3: invoice ${id}`, `I3 I10: invoice ${id}`]
  },
  'the rates that a line was taxed at': async (sql) => {
    const { invoice_id: id } = await first(sql`
      update invoice_line set tax_rate_ids = '{}' where (invoice_id, line) = (
        select invoice_id, line from invoice_line join invoice on invoice.id = invoice_id
        where state = 'issued' and is_taxed and invoice_line.net > 1 limit 1) returning invoice_id`)
    return [`I3: invoice ${id}`, `I3 I10: invoice ${id}`]
  },
  'a line that was printed twice': async (sql) => {
    const line = await first(sql`
      insert into invoice_line select (jsonb_populate_record(null::invoice_line, to_jsonb(invoice_line) || '{"line": 999}')).*
      from invoice_line join invoice on invoice.id = invoice_id where state = 'draft' limit 1 returning *`)
    return [`I3: invoice ${line['invoice_id']}`]
  },
  'the name of a buyer': async (sql) => {
    const invoice = await first(sql`
      update invoice set parties = jsonb_set(parties, '{buyer,name}', '"Somebody else"')
      where id = (select min(id::text)::uuid from invoice where state = 'issued') returning id`)
    return [`I3 I10: invoice ${invoice['id']}`]
  },
  'the head of a document that can not be read any more': async (sql) => {
    const invoice = await first(sql`
      update invoice set parties = '{"seller":{},"buyer":{}}'
      where id = (select min(id::text)::uuid from invoice where state = 'issued') returning id`)
    return [`I3 I10: invoice ${invoice['id']}`, `I3 I10: invoice ${invoice['id']}`]
  },
  'a hash': async (sql) => {
    const invoice = await first(sql`
      update invoice set hash = sha256('x') where id = (select min(id::text)::uuid from invoice where state = 'issued') returning id`)
    return [`I3 I10: invoice ${invoice['id']}`]
  },
  'a number that was skipped': async (sql) => {
    const invoice = await first(sql`
      update invoice set number_sequence = number_sequence + 3 where id = (
        select invoice.id from invoice join number_series series
          on series.seller_id = invoice.seller_id and series.document_type = invoice.type and invoice.type = 'invoice'
        where number_sequence = series.last order by invoice.id limit 1)
      returning seller_id, number_sequence as given, number_year as year`)
    const numberOf = (sequence: number) =>
      `I4: invoice number ${sequence} of ${invoice['year']} of seller ${invoice['seller_id']}`
    return [numberOf(invoice['given'] - 3), numberOf(invoice['given'])]
  },
  'a number that was given twice': async (sql) => {
    const twin = await first(sql`
      with pair as (
        select seller_id, min(number) as low, max(number) as high from invoice where state = 'issued' and type = 'invoice'
        group by seller_id having count(*) > 1 limit 1)
      update invoice set number = low from pair where invoice.seller_id = pair.seller_id and number = high and type = 'invoice'
      returning id, invoice.seller_id, number`)
    return [`I4: number ${twin['number']} of seller ${twin['seller_id']}`, `I3 I10: invoice ${twin['id']}`]
  },
  'a posting that nothing balances': async (sql) => {
    const posting = await first(sql`
      insert into posting (id, book_id, account, currency, amount, document_type, document_id)
      select ${newId()}, book_id, 'bank', currency, 0.01, document_type, document_id from posting
      where document_type = 'invoice' limit 1 returning *`)
    const { book_id: book, document_id: document } = posting
    return [`I3: postings of invoice ${document} in the book of ${book}`, `I3: invoice ${document}`]
  },
  'a posting of no document': async (sql) => {
    const posting = await first(sql`
      insert into posting (id, book_id, account, currency, amount, document_type, document_id)
      select ${newId()}, book_id, 'bank', currency, 0, 'earning', ${newId()} from posting limit 1 returning id`)
    return [`I3: posting ${posting['id']}`]
  },
  'an earning by line': async (sql) => {
    const earning = await first(sql`
      update earning set amount = amount + 0.01, amount_to_date = amount_to_date + 0.01
      where id = (select min(id::text)::uuid from earning where position is null) returning id`)
    return [`I3: earning ${earning['id']}`, `I3: earning ${earning['id']}`]
  },
  'an earning by period, in the middle': async (sql) => {
    const earning = await first(sql`
      update earning set amount_to_date = amount_to_date + 0.01
      where id = (select id from earning where position = 2 order by id limit 1)
      returning id, rule_id, payee_id, period`)
    const next = await first(sql`
      select id from earning where position = 3 and rule_id = ${earning['rule_id']} and payee_id = ${earning['payee_id']}
        and period = ${earning['period']}`)
    return [`I3: earning ${earning['id']}`, `I3: earning ${next['id']}`]
  },
  'the base of an earning by days': async (sql) => {
    const earning = await first(sql`
      update earning set base = base + 0.01, base_to_date = base_to_date + 0.01 where id = (
        select id from earning where position is null and service_start > (
          select service_start from invoice_line where invoice_line.invoice_id = earning.invoice_id and invoice_line.line = earning.line)
          and round((base + 0.01) * 0.125, 2) = amount order by id limit 1) returning id`)
    return [`I3: earning ${earning['id']}`]
  },
  'usage in another branch': async (sql) => {
    const event = await first(sql`
      update usage_event set partner_id = ${newId()} where (tenant_id, key) = (
        select tenant_id, key from usage_event where start_at = '2024-10-05' limit 1) returning tenant_id, key`)
    return [`I5: usage event ${event['key']} of tenant ${event['tenant_id']}`]
  },
  'a chain of other models than its edges': async (sql) => {
    const chain = await first(sql`
      update chain set partner_model = 'agent' where id = (
        select id from chain where partner_model = 'reseller' order by id limit 1) returning id, tenant_id`)
    return [`I5: chain ${chain['id']} of tenant ${chain['tenant_id']}`, `I5: chain of tenant ${chain['tenant_id']}`]
  },
  'a confidential reseller whose sales the platform sees': async (sql) => {
    const { seller_id: sellerId } = await first(sql`
      update organization set is_confidential = true where id = (
        select seller_id from edge join organization on organization.id = seller_id
        where kind = 'sale' and upper_inf(valid) and level <> 'platform' order by seller_id limit 1)
      returning id as seller_id`)
    const edges = await sql`select id from edge where seller_id = ${sellerId} and upper_inf(valid)`
    return edges.map(({ id }) => `I5: edge ${id}`)
  },
  'a line that not everybody on its edge sees': async (sql) => {
    const line = await first(sql`
      update invoice_line set see_platform_id = null where (invoice_id, line) = (
        select invoice_id, line from invoice_line where kind = 'usage' order by invoice_id, line limit 1)
      returning invoice_id, line`)
    return [`I5: line ${line['line']} of document ${line['invoice_id']}`]
  },
  'a day without a chain': async (sql) => {
    const chain = await first(sql`
      update chain set valid = '[2001-01-01,)' where id = (select min(id::text)::uuid from chain) returning tenant_id`)
    return [`I5: chain of tenant ${chain['tenant_id']}`]
  },
  'a job that everybody forgot': async (sql) => {
    const job = await first(sql`
      update job set state = 'queued', finished_at = null, due_at = clock_timestamp() - interval '31 seconds'
      where id = (select min(id::text)::uuid from job where kind = 'rating.refresh') returning id`)
    return [`I6: job ${job['id']}`]
  },
}

const converted = (sql: Sql) => sql`fx_rate_id is not null and period = '2024-11' and seller_id <> buyer_id`

const bucketName = (bucket: postgres.Row): string =>
  `bucket of subscription ${bucket['subscription_id']}, SKU ${bucket['sku_id']} from ${dayOf(bucket['service_start'])} on edge ${bucket['edge_id']} posted to ${bucket['period']}`

const dayOf = (day: Date | string): string => (typeof day === 'string' ? day : day.toISOString().slice(0, 10))
