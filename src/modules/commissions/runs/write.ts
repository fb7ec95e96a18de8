import { postingsOfEarning } from '../../../billing/ledger.ts'
import { currency } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import * as queries from './queries.ts'
import type { Row } from './rows.ts'
import { openTargets } from './targets.ts'

/**
 * Writes earnings on the open statements of their payees, with their postings in the payer's book. A reversal belongs to
 * the month of its statement. The caller holds the payer's lock on commissions.
 */
export async function write(tx: Tx, run: queries.Run, rows: readonly Row[]): Promise<void> {
  const targets = await openTargets(tx, { id: run.payerId, level: run.payerLevel }, rows)
  const placed = rows.map((row) => {
    const { id: statementId, period } = targets(row)
    return Object.assign(row, { statementId, ...(row.kind === 'reversal' ? { period } : {}) })
  })
  await queries.insertEarnings(tx, run, placed)
  const postings = placed.flatMap(({ id, amount, currency: code }) =>
    postingsOfEarning({ payerId: run.payerId, currency: currency(code), amount }).map((posting) =>
      Object.assign(posting, { documentId: id }),
    ),
  )
  if (postings.length > 0) await queries.insertPostings(tx, run, postings)
}
