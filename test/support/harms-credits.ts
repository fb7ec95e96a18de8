import type postgres from 'postgres'
import { first } from './harms.ts'

/** As `harms`, of credit notes. */
export const creditHarms: Record<string, (sql: postgres.TransactionSql) => Promise<string[]>> = {
  'a credit note that is neither off its invoice nor in a balance': async (sql) => {
    const entry = await first(sql`
      delete from credit_entry where kind = 'credited' and source_id = (
        select source_id from credit_entry where kind = 'credited' order by source_id limit 1) returning *`)
    return [`I3: credit note ${entry['source_id']}`]
  },
  'a line that is credited twice over': async (sql) => {
    const note = await first(sql`
      select note.id, note.amends, credit.line, credit.amends_line from invoice note
      join invoice_line credit on credit.invoice_id = note.id
      where note.type = 'credit_note' and credit.net > 1 order by note.id, credit.line limit 1`)
    await sql`update invoice_line set net = net * 2, unrounded = net * 2 where invoice_id = ${note['id']} and line = ${note['line']}`
    return [
      `I3: line ${note['amends_line']} of invoice ${note['amends']}`,
      `I3: invoice ${note['id']}`,
      `I3 I10: invoice ${note['id']}`,
      `I3 I10: invoice ${note['id']}`,
    ]
  },
}
