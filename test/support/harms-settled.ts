import type postgres from 'postgres'
import { newId } from '../../src/platform/ids.ts'
import { first } from './harms.ts'

type Sql = postgres.TransactionSql

/** What breaks payments, settlements and balances: each answers the rows that must be named for it, and no others. */
export const settledHarms: Record<string, (sql: Sql) => Promise<string[]>> = {
  'a payment that grew': async (sql) => {
    const payment = await first(sql`
      update payment set amount = amount + 0.01 where reference = 'one' and reverses is null returning id`)
    return [`I3: payment ${payment['id']}`, `I3: payment ${payment['id']}`]
  },
  'a document that is settled above its total': async (sql) => {
    const event = await first(sql`
      update invoice_event set amount = amount + 100000 where kind = 'written_off' returning id, invoice_id`)
    return [`I3: invoice ${event['invoice_id']}`, `I3: settlement ${event['id']}`]
  },
  'a balance that was drawn without cover': async (sql) => {
    const entry = await first(sql`
      insert into credit_entry (id, seller_id, buyer_id, edge_id, currency, kind, amount, source_id)
      select ${newId()}, seller_id, buyer_id, edge_id, currency, 'refunded', -100000, ${newId()} from credit_entry limit 1
      returning seller_id, buyer_id`)
    return [`I3: credit balance of buyer ${entry['buyer_id']} with seller ${entry['seller_id']}`]
  },
  'usage of a discounted resource that was given to another one': async (sql) => {
    const events = await sql`
      update usage_event set resource = 'vm-2' where resource = 'vm-1' and start_at = '2024-09-19T21:30:00.123456Z'
        and subscription_id = (select subscription_id from discount where scope = 'resource')
      returning subscription_id, tenant_id, key`
    const invoice = await first(sql`
      select id from invoice where state = 'issued' and period = '2024-09' and id in (
        select invoice_id from discount_use join discount on discount.id = discount_id
        where scope = 'resource' and subscription_id = ${events[0]?.['subscription_id']})`)
    return [
      ...events.map((event) => `I2: usage event ${event['key']} of tenant ${event['tenant_id']}`),
      `I3: invoice ${invoice['id']}`,
    ]
  },
  'a gift that grew': async (sql) => {
    const grant = await first(sql`
      update credit_grant set amount = amount + 1 where id = (select grant_id from credit_grant_entry where kind = 'voided')
      returning id`)
    return [`I3: credit ${grant['id']}`]
  },
  'a gift that was drawn before its time': async (sql) => {
    const entry = await first(sql`
      update credit_grant_entry set on_day = '2020-01-01' where id = (
        select min(id::text)::uuid from credit_grant_entry where kind = 'drawn') returning id`)
    return [`I3: credit entry ${entry['id']}`]
  },
  'a gift that was drawn while another one was to end before it': async (sql) => {
    const entry = await first(sql`
      select id, grant_id from credit_grant_entry where kind = 'drawn' order by id limit 1`)
    await sql`
      update credit_grant set valid = '[2024-01-01,2999-01-01)'
      where id <> ${entry['grant_id']} and id in (select grant_id from credit_grant_entry where kind = 'drawn')`
    return [`I3: credit entry ${entry['id']}`]
  },
  'money that was drawn while a gift was left': async (sql) => {
    const draw = await first(sql`select * from credit_entry where kind = 'applied' and amount < 0 order by id limit 1`)
    const { seller_id: sellerId, buyer_id: buyerId, currency } = draw
    const [grantId, entryId] = [newId(), newId()]
    await sql`
      insert into credit_grant (id, seller_id, buyer_id, edge_id, currency, amount, purpose, reason, valid,
                                see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
      select ${grantId}, seller_id, buyer_id, id, ${currency}, 1, 'goodwill', 'Before', '[2000-01-01,)',
             see_platform_id, see_distributor_id, see_partner_id, see_tenant_id from edge where id = ${draw['edge_id']}`
    await sql`
      insert into credit_grant_entry (id, grant_id, seller_id, currency, kind, amount, on_day, source_id, at,
                                      see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
      select ${entryId}, id, seller_id, currency, 'granted', 1, '2024-01-01', ${entryId}, '2024-01-01',
             see_platform_id, see_distributor_id, see_partner_id, see_tenant_id from credit_grant where id = ${grantId}`
    const draws = await sql`
      select id from credit_entry where kind = 'applied' and amount < 0
        and (seller_id, buyer_id, currency) = (${sellerId}, ${buyerId}, ${currency})`
    return [...draws.map(({ id }) => `I3: balance entry ${id}`), `I3: credit entry ${entryId}`]
  },
  'a gift taken back that the books keep': async (sql) => {
    const entry = await first(sql`select id from credit_grant_entry where kind = 'voided'`)
    await sql`delete from posting where document_id = ${entry['id']}`
    return [`I3: credit entry ${entry['id']}`]
  },
  'a payment taken back that nobody recorded': async (sql) => {
    const payment = await first(sql`delete from payment where reverses is not null returning id`)
    const event = await first(sql`select id from invoice_event where source_id = ${payment['id']}`)
    const postings = await sql`select id from posting where document_id = ${payment['id']}`
    return [`I3: event ${event['id']}`, ...postings.map((posting) => `I3: posting ${posting['id']}`)]
  },
}
