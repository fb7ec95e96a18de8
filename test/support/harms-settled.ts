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
  'a payment taken back that nobody recorded': async (sql) => {
    const payment = await first(sql`delete from payment where reverses is not null returning id`)
    const event = await first(sql`select id from invoice_event where source_id = ${payment['id']}`)
    const postings = await sql`select id from posting where document_id = ${payment['id']}`
    return [`I3: event ${event['id']}`, ...postings.map((posting) => `I3: posting ${posting['id']}`)]
  },
}
