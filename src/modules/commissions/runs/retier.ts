import { countsToDate, retierLine } from '../../../billing/commission.ts'
import { amountText, currency, decimal, zero } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import { listRulesOf, lockCommissions } from '../rules/queries.ts'
import { openRuleBook, type RuleBook, type Seat, seatsOf } from './book.ts'
import { withCosts } from './costs.ts'
import { earn, eligible, type IssuedLine, type Lack, lacksOf, openCounts, runningPairs } from './earn.ts'
import * as queries from './queries-retier.ts'
import { listRunningTotals, type Run, updateUsedUntil } from './queries.ts'
import { rowsOf, toWhole, type Whole } from './rows.ts'
import { happeningOf } from './take-back.ts'
import { usedUntil } from './used.ts'
import { write } from './write.ts'

/** Before the first line. */
export const firstLine: queries.LinePlace = { invoiceId: nilId, line: 0, payeeId: nilId }

/** Where the next lines begin, null once all are done, and how many earnings were computed again. */
type Retiered = { readonly last: queries.LinePlace | null; readonly retiered: number }

/** What a payee has on a line by versions that do not hold there any more, and what it lacks once that is taken back. */
type Again = {
  readonly stale: readonly queries.LiveEarning[]
  readonly lacks: readonly Lack[]
  readonly period: string
}

/**
 * Computes again what was earned by versions whose days a retroactive one took: the earning is taken back whole, and the line
 * earns by the version that holds, in the month of its document. Credit notes on it take back from what it earns instead. Some
 * lines behind `after`; run twice it adds nothing.
 */
export async function retierLines(tx: Tx, run: Run, after: queries.LinePlace, limit: number): Promise<Retiered> {
  await lockCommissions(tx, run.payerId)
  if (!(await queries.hasRetroactive(tx, run.payerId))) return { last: null, retiered: 0 }
  const places = await queries.listCandidates(tx, run.payerId, after, limit)
  const last = places.at(-1)
  if (!last) return { last: null, retiered: 0 }
  const again = await readAgain(tx, run, places)
  for (const [period, some] of Map.groupBy(again, (one) => one.period)) await computeAgain(tx, { ...run, period }, some)
  return { last, retiered: again.reduce((count, { stale }) => count + stale.length, 0) }
}

async function readAgain(tx: Tx, run: Run, places: readonly queries.LinePlace[]): Promise<Again[]> {
  const live = Map.groupBy(await queries.listLive(tx, run.payerId, places), placeOf)
  const lines = await withCosts(tx, run, await queries.listLines(tx, run.payerId, places))
  const payees = [...new Set(lines.flatMap((line) => seatsOf(line).map(({ payeeId }) => payeeId)))]
  const book = openRuleBook(await listRulesOf(tx, run.payerId, payees))
  return lines.flatMap((line) =>
    seatsOf(line).flatMap((seat) => againOn(line, seat, live.get(placeOf({ ...line, ...seat })) ?? [], book)),
  )
}

const placeOf = ({ invoiceId, line, payeeId }: queries.LinePlace): string => `${invoiceId} ${line} ${payeeId}`

/** Nothing while a version that holds there earns on a cost that is unknown. */
function againOn(
  line: IssuedLine & { readonly period: string },
  seat: Seat,
  live: readonly queries.LiveEarning[],
  book: RuleBook,
): Again[] {
  const days = { from: line.serviceStart, to: line.serviceEnd }
  const stretches = eligible(book.stretches(seat, line.currency, days), line)
  const isStale = ({ ruleId, serviceStart, serviceEnd }: queries.LiveEarning): boolean =>
    stretches.some(({ from, to, chosen }) => from < serviceEnd && serviceStart < to && chosen?.id !== ruleId)
  const stale = live.filter(isStale)
  if (stale.length === 0) return []
  const lacks = lacksOf(
    [line],
    book,
    live.filter((one) => !isStale(one)),
  ).filter((lack) => lack.seat.payeeId === seat.payeeId)
  const isKnown = lacks.every(({ parts }) => parts.every(({ base }) => base !== null))
  return isKnown ? [{ stale, lacks, period: line.period }] : []
}

/** Takes back first and earns then, each in the order of documents and lines: what counts to date is right in between. */
async function computeAgain(tx: Tx, run: Run, again: readonly Again[]): Promise<void> {
  const stale = again.flatMap((one) => one.stale)
  const taken = (await takenBack(tx, run, stale)).flatMap(rowsOf)
  await write(tx, run, taken)
  await raiseEvents(
    tx,
    taken.map((row) => happeningOf(run.payerId, row)),
  )
  const lacks = again.flatMap((one) => one.lacks)
  const earnings = earn(lacks, await listRunningTotals(tx, run.period, runningPairs(lacks)))
  const timesOf = new Map(stale.map((one) => [placeOf(one), one.retiered + 1]))
  await write(
    tx,
    run,
    earnings.flatMap((one) => {
      const retiered = timesOf.get(placeOf({ ...one, ...one.seat }))
      invariant(retiered, 'a line is computed again where something on it was taken back')
      return rowsOf({ ...toWhole(one, run.period), kind: 'retier', retiered })
    }),
  )
  await updateUsedUntil(tx, run.payerId, usedUntil(earnings))
}

async function takenBack(tx: Tx, { period }: Run, stale: readonly queries.LiveEarning[]): Promise<Whole[]> {
  const pairs = new Map(
    stale
      .filter(({ rule }) => countsToDate(rule))
      .map(({ ruleId, payeeId }) => [`${ruleId} ${payeeId}`, { ruleId, payeeId }]),
  )
  const counts = openCounts(await listRunningTotals(tx, period, [...pairs.values()]))
  return stale.flatMap((one) => {
    const before = decimal(one.base).plus(decimal(one.retierBase))
    const base = before.negated()
    const code = currency(one.currency)
    const more = { currency: one.currency, lineBefore: before }
    const figures = countsToDate(one.rule)
      ? counts.count({ id: one.ruleId, terms: one.rule }, one, base, more)
      : alone(amountText(retierLine(one.rule, before, base, code), code), one.currency)
    const whole = { ...wholeOf(one), kind: 'retier' as const, base: amountText(base, code), ...figures }
    return decimal(one.reversedBase).isZero() && decimal(one.reversedAmount).isZero() ? [whole] : [whole, given(one)]
  })
}

/** What reversals took of an earning comes back with it: they take from what the line earns instead. */
function given(one: queries.LiveEarning): Whole {
  const code = currency(one.currency)
  const [base, amount] = [one.reversedBase, one.reversedAmount].map((value) =>
    amountText(decimal(value).negated(), code),
  )
  invariant(base !== undefined && amount !== undefined, 'two figures are made of two')
  return { ...wholeOf(one), kind: 'reversal', base, ...alone(amount, one.currency) }
}

/** Nothing of it is left. */
const alone = (amount: string, code: string) => {
  const nothing = amountText(zero, currency(code))
  return { amount, baseToDate: nothing, amountToDate: nothing, uncappedToDate: null, position: null }
}

const wholeOf = (one: queries.LiveEarning) => ({
  payee: { id: one.payeeId, level: one.payeeLevel },
  ruleId: one.ruleId,
  rule: JSON.stringify(one.rule),
  terms: one.rule,
  invoiceId: one.invoiceId,
  line: one.line,
  issueDate: one.issueDate,
  serviceStart: one.serviceStart,
  serviceEnd: one.serviceEnd,
  period: one.period,
  currency: one.currency,
  reverses: one.id,
  eventId: null,
  retiered: 0,
})
