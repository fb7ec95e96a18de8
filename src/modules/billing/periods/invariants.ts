import { type Period, periodEndInstant, periodStartInstant } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import type { CheckedInvariant } from './model.ts'
import * as queries from './queries-invariants.ts'

/**
 * Checks what must hold of a month before it is closed: every record is accounted for, nothing waits in quarantine, what
 * was used is what is rated (or known to wait for it), the platform's book adds up to zero. Runs as the platform's tier.
 */
export async function checkInvariants(tx: Tx, platformId: string, period: Period): Promise<CheckedInvariant[]> {
  const [from, until] = [periodStartInstant(period), periodEndInstant(period)]
  const records = await queries.countRecords(tx, from, until)
  const held = await queries.countHeld(tx, from, until)
  const lines = await queries.countLines(tx, platformId, period)
  const book = await queries.countBook(tx, platformId)
  invariant(records && held && lines && book, 'aggregate queries answer one row')
  const outcomes = ['accepted', 'duplicate', 'conflict', 'quarantined', 'rejected'] as const
  const accounted = outcomes.reduce((total, outcome) => total + BigInt(records[outcome]), 0n)
  return [
    { name: 'records.accounted', holds: accounted === BigInt(records.sent), figures: records },
    { name: 'quarantine.decided', holds: held.waiting === '0', figures: held },
    { name: 'usage.rated', holds: lines.unaccounted === '0', figures: lines },
    { name: 'ledger.zero', holds: book.unbalancedCurrencies === '0', figures: book },
  ]
}
