import { countsToDate } from '../../../billing/commission.ts'
import type { Tx } from '../../../platform/db.ts'
import { listRulesOf, lockCommissions } from '../rules/queries.ts'
import { openRuleBook, seatsOf } from './book.ts'
import { type Change, changesOf, follow, toEarning } from './collect-changes.ts'
import { withCosts } from './costs.ts'
import { type NewEarning, openCounts, pairKey } from './earn.ts'
import * as queries from './queries-collect.ts'
import { listRunningTotals, type Run, updateUsedUntil } from './queries.ts'
import { rowsOf, toWhole } from './rows.ts'
import { usedUntil } from './used.ts'
import { write } from './write.ts'

/**
 * Earns on what was collected in the period by rules that wait for payment, document by document after `after`; what went
 * back, by a reversal or a credit note, earns as much less. Answers the last document, null once all are done. Run twice
 * it adds nothing.
 */
export async function collect(
  tx: Tx,
  run: Run,
  after: string,
  limit: number,
): Promise<{ earnings: number; last: string | null }> {
  await lockCommissions(tx, run.payerId)
  const documents = await queries.listDocuments(tx, run, after, limit)
  if (documents.length === 0) return { earnings: 0, last: null }
  const followed = await follow(tx, run, documents, withCosts)
  const payees = [...new Set(documents.flatMap((one) => seatsOf(one).map(({ payeeId }) => payeeId)))]
  const book = openRuleBook(await listRulesOf(tx, run.payerId, payees))
  const changes = followed.flatMap((document) => changesOf(document, run.period, book))
  const earned = await queries.listEarned(
    tx,
    run.payerId,
    documents.map(({ id }) => id),
  )
  const isEarned = new Set(earned.map(keyOf))
  const missing = changes.filter(
    ({ line, seat, from, eventId }) =>
      !isEarned.has(keyOf({ ...seat, invoiceId: line.invoiceId, line: line.line, serviceStart: from, eventId })),
  )
  const earnings = await earn(tx, run, missing)
  return { earnings: earnings.length, last: documents.at(-1)?.id ?? null }
}

const keyOf = (one: queries.CollectedEarning): string =>
  `${one.invoiceId} ${one.line} ${one.payeeId} ${one.serviceStart} ${one.eventId}`

async function earn(tx: Tx, run: Run, changes: readonly Change[]): Promise<NewEarning[]> {
  if (changes.length === 0) return []
  const counted = changes.filter(({ rule }) => countsToDate(rule.terms))
  const pairs = new Map(
    counted.map(({ rule, seat }) => [pairKey(rule.id, seat), { ruleId: rule.id, payeeId: seat.payeeId }]),
  )
  const counts = openCounts(await listRunningTotals(tx, run.period, [...pairs.values()]))
  const earnings = changes.map((change) => toEarning(change, counts))
  await write(
    tx,
    run,
    earnings.flatMap((one) => rowsOf(toWhole(one, run.period))),
  )
  await updateUsedUntil(tx, run.payerId, usedUntil(earnings))
  return earnings
}
