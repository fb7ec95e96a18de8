import type { Tx } from '../../src/platform/db.ts'
import { first } from './harms.ts'

/** What payees read of batches: all of it, or of one state. */
const receiptsOf = async (sql: Tx, state?: string): Promise<string[]> => {
  const rows = await sql<{ name: string }[]>`
    select format('payment to %s of payout %s', payee_id, payout_id) as name from payout_payment
    where state = ${state ?? null} or ${state ?? null}::text is null`
  return rows.map(({ name }) => name)
}

/** What breaks what was taken back, statements and payouts: each answers the rows that must be named for it, and no others. */
export const statementHarms: Record<string, (sql: Tx) => Promise<string[]>> = {
  'what was taken back while the month was open': async (sql) => {
    const earning = await first(sql`
      update earning set amount = amount + 0.01, amount_to_date = amount_to_date + 0.01 where kind = 'retier' returning id`)
    return [`earning ${earning['id']}`]
  },
  'what was taken back later, by another share than the first': async (sql) => {
    const earning = await first(sql`
      update earning set amount = amount - 0.01, amount_to_date = amount_to_date - 0.01
      where id = (select id from earning where kind = 'reversal' order by id desc limit 1) returning id`)
    return [`earning ${earning['id']}`]
  },
  'an earlier share, on which the later one builds': async (sql) => {
    const earning = await first(sql`
      update earning set amount = amount - 0.01, amount_to_date = amount_to_date - 0.01
      where id = (select id from earning where kind = 'reversal' order by id limit 1) returning id, reverses`)
    const next = await first(sql`
      select id from earning where reverses = ${earning['reverses']} and id <> ${earning['id']}`)
    return [`earning ${earning['id']}`, `earning ${next['id']}`]
  },
  'the base that a credit note takes': async (sql) => {
    const earning = await first(sql`
      update earning set base = base + 0.01, base_to_date = base_to_date + 0.01 where kind = 'retier' returning id`)
    return [`earning ${earning['id']}`]
  },
  'what is tiered again in another month': async (sql) => {
    const earning = await first(sql`update earning set period = '2049-01' where kind = 'retier' returning id`)
    return [`earning ${earning['id']}`]
  },
  'what is taken back for a note about another document': async (sql) => {
    const earning = await first(sql`
      update earning set invoice_id = (select id from invoice where type = 'credit_note' and amends not in (
        select invoice_id from earning where id = (select reverses from earning where kind = 'retier')) limit 1)
      where kind = 'retier' returning id`)
    return [`earning ${earning['id']}`]
  },
  'a statement that was approved over more than its lines': async (sql) => {
    const statement = await first(sql`
      update statement set approved = approved + 0.01 where state = 'paid' returning id`)
    const paid = await first(sql`select payout_id from payout_statement where statement_id = ${statement['id']}`)
    return [`statement ${statement['id']}`, `statement ${statement['id']} in payout ${paid['payout_id']}`]
  },
  'a statement that was paid and does not say so': async (sql) => {
    const statement = await first(sql`update statement set state = 'approved' where state = 'paid' returning id`)
    return [`statement ${statement['id']}`]
  },
  'a line that did not go on': async (sql) => {
    const move = await first(sql`delete from statement_move returning from_id`)
    return [`statement ${move['from_id']}`]
  },
  'a line that went on to somebody else': async (sql) => {
    const move = await first(sql`
      update statement_move set to_id = (select id from statement where payee_id <> (
        select payee_id from statement where id = statement_move.from_id) and state = 'open' limit 1) returning earning_id, from_id`)
    return [`earning ${move['earning_id']} that left statement ${move['from_id']}`]
  },
  'a payment of more than was approved': async (sql) => {
    const paid = await first(sql`
      update payout_statement set amount = amount + 0.01 where return_id is null returning statement_id, payout_id`)
    return [`payout ${paid['payout_id']}`, `statement ${paid['statement_id']} in payout ${paid['payout_id']}`]
  },
  'a batch that lost a statement and was not discarded': async (sql) => {
    const paid = await first(sql`
      update payout_statement set is_discarded = true where return_id is null returning payout_id`)
    return [`payout ${paid['payout_id']}`]
  },
  'a payment to somebody else': async (sql) => {
    const paid = await first(sql`
      update payout_statement set payee_id = (select payee_id from payout_statement where return_id is not null)
      where return_id is null returning statement_id, payout_id`)
    return [`statement ${paid['statement_id']} in payout ${paid['payout_id']}`, ...(await receiptsOf(sql))]
  },
  'a payment that its payee is not shown': async (sql) => {
    const paid = await first(sql`delete from payout_payment where state = 'sent' returning payee_id, payout_id`)
    return [`payment to ${paid['payee_id']} of payout ${paid['payout_id']}`]
  },
  'a payment of which its payee is told that it came back': async (sql) => {
    const paid = await first(sql`
      update payout_payment set state = 'returned', returned_at = now(), return_reason = 'a lie' where state = 'sent'
      returning payee_id, payout_id`)
    return [`payment to ${paid['payee_id']} of payout ${paid['payout_id']}`]
  },
  'a day on which its payee is told that it was sent': async (sql) => {
    const paid = await first(sql`
      update payout_payment set sent_at = sent_at - interval '1 day' where state = 'sent' returning payee_id, payout_id`)
    return [`payment to ${paid['payee_id']} of payout ${paid['payout_id']}`]
  },
  'a batch of another total': async (sql) => {
    const payout = await first(sql`update payout set total = total - 0.01 returning id`)
    return [`payout ${payout['id']}`]
  },
  'a batch that pays less than its minimum': async (sql) => {
    const payout = await first(sql`update payout set minimum = 100000 returning id`)
    return [`payout ${payout['id']}`]
  },
  'a return of more than the payment': async (sql) => {
    const back = await first(sql`update payout_return set amount = amount + 0.01 returning id, payout_id`)
    return [`return ${back['id']} of payout ${back['payout_id']}`]
  },
  'a return that the batch hides': async (sql) => {
    const payout = await first(sql`update payout set state = 'settled' returning id`)
    return [`payout ${payout['id']}`, ...(await receiptsOf(sql, 'sent'))]
  },
}
