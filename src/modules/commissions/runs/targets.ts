import { openPeriod } from '../../../billing/statement.ts'
import type { Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import * as queries from './queries-targets.ts'
import type { Payee } from './rows.ts'

/** What somebody earns in a month and currency. */
type Wanted = { readonly payee: Payee; readonly currency: string; readonly period: string }

/** Finds the open statement of what is earned. */
type Targets = (wanted: Wanted) => queries.StatementPlace

const keyOf = (payeeId: string, currency: string, period: string): string => `${payeeId} ${currency} ${period}`

/**
 * Makes sure that each payee has an open statement for what it earns, and answers which it is. The caller holds the
 * payer's lock on commissions, so that no statement closes meanwhile. May run twice.
 */
export async function openTargets(
  tx: Tx,
  payer: { id: string; level: Level },
  wanted: readonly Wanted[],
): Promise<Targets> {
  const distinct = [...new Map(wanted.map((one) => [keyOf(one.payee.id, one.currency, one.period), one])).values()]
  const places = await queries.listStatementPlaces(
    tx,
    payer.id,
    distinct.map(({ payee }) => payee.id),
  )
  const periodOf = ({ payee, currency, period }: Wanted): string =>
    openPeriod(
      period,
      places.filter((one) => one.payeeId === payee.id && one.currency === currency),
    )
  const byKey = new Map(places.map((one) => [keyOf(one.payeeId, one.currency, one.period), one]))
  const missing = new Map<string, queries.NewStatement>()
  for (const one of distinct) {
    const period = periodOf(one)
    const key = keyOf(one.payee.id, one.currency, period)
    if (!byKey.has(key)) missing.set(key, { payee: one.payee, currency: one.currency, period })
  }
  if (missing.size > 0) {
    const made = await queries.insertStatements(tx, payer, [...missing.values()])
    for (const one of made) byKey.set(keyOf(one.payeeId, one.currency, one.period), one)
  }
  const targetByKey = new Map(
    distinct.map((one) => [
      keyOf(one.payee.id, one.currency, one.period),
      byKey.get(keyOf(one.payee.id, one.currency, periodOf(one))),
    ]),
  )
  return ({ payee, currency, period }) => {
    const target = targetByKey.get(keyOf(payee.id, currency, period))
    invariant(target?.state === 'open', 'what is earned goes on an open statement')
    return target
  }
}
