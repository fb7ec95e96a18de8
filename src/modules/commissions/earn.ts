import { type EarnedDays, lackingParts, type LinePart } from '../../billing/commission-line.ts'
import { earnLine, earnPeriod, type ToDate } from '../../billing/commission.ts'
import { amountText, currency, type Decimal, decimal, zero } from '../../billing/money.ts'
import { invariant } from '../../platform/errors.ts'
import { type Applied, type EdgeAgents, type RuleBook, type Seat, seatsOf } from './book.ts'

/** A line of an issued document on an edge with agents. Amounts are decimal text. */
export type IssuedLine = EdgeAgents & {
  readonly invoiceId: string
  readonly line: number
  readonly currency: string
  readonly net: string
  readonly serviceStart: string
  readonly serviceEnd: string
}

/** The service days of a line that one payee has an earning for. */
export type EarnedBefore = {
  readonly invoiceId: string
  readonly line: number
  readonly payeeId: string
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly base: string
}

/** The period to date of one rule and payee, and how many earnings it is made of. */
export type RunningTotal = {
  readonly ruleId: string
  readonly payeeId: string
  readonly base: string
  readonly amount: string
  readonly position: number
}

/** An earning to be written. Amounts are decimal text. */
export type NewEarning = {
  readonly seat: Seat
  readonly rule: Applied
  readonly invoiceId: string
  readonly line: number
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly currency: string
  readonly base: string
  readonly baseToDate: string
  readonly amount: string
  readonly amountToDate: string
  readonly position: number | null
}

/** What one payee lacks on one line. */
export type Lack = { readonly line: IssuedLine; readonly seat: Seat; readonly parts: readonly LinePart<Applied>[] }

const lineKey = (row: { invoiceId: string; line: number; payeeId: string }): string =>
  `${row.invoiceId} ${row.line} ${row.payeeId}`

/** What the lines lack in earnings, in the order of the lines and from the top down. */
export function lacksOf(lines: readonly IssuedLine[], book: RuleBook, before: readonly EarnedBefore[]): Lack[] {
  const earned = Map.groupBy(before, lineKey)
  const daysOf = (line: IssuedLine, { payeeId }: Seat): EarnedDays[] =>
    earned.size === 0 ? [] : (earned.get(lineKey({ ...line, payeeId })) ?? []).map(toEarnedDays)
  return lines.flatMap((line) =>
    seatsOf(line).flatMap((seat) => {
      const stretches = book.stretches(seat, line.currency, { from: line.serviceStart, to: line.serviceEnd })
      const parts = lackingParts(decimal(line.net), stretches, daysOf(line, seat), currency(line.currency))
      return parts.length === 0 ? [] : [{ line, seat, parts }]
    }),
  )
}

const toEarnedDays = ({ serviceStart, serviceEnd, base }: EarnedBefore): EarnedDays => ({
  from: serviceStart,
  to: serviceEnd,
  base: decimal(base),
})

/** Lines with days that no rule is in force for, once per payee. */
export const countWithoutRule = (lacks: readonly Lack[]): number =>
  lacks.filter(({ parts }) => parts.some(({ chosen }) => chosen === null)).length

/** The rules that count the period to date, with who earns by them. */
export function runningPairs(lacks: readonly Lack[]): { ruleId: string; payeeId: string }[] {
  const pairs = new Map<string, { ruleId: string; payeeId: string }>()
  for (const { seat, parts } of lacks) {
    for (const { chosen } of parts) {
      if (chosen?.terms.scope !== 'period') continue
      pairs.set(pairKey(chosen.id, seat), { ruleId: chosen.id, payeeId: seat.payeeId })
    }
  }
  return [...pairs.values()]
}

const pairKey = (ruleId: string, { payeeId }: { payeeId: string }): string => `${ruleId} ${payeeId}`

type Running = ToDate & { readonly position: number }

/**
 * Computes the earnings of what is lacking. A rule of scope line earns on each line by itself; one that counts the
 * period to date goes on from `totals` in the order of documents and lines (design section 5 rule 15).
 */
export function earn(lacks: readonly Lack[], totals: readonly RunningTotal[]): NewEarning[] {
  const running = new Map<string, Running>(
    totals.map(({ ruleId, payeeId, base, amount, position }) => [
      pairKey(ruleId, { payeeId }),
      { base: decimal(base), earned: decimal(amount), position },
    ]),
  )
  return lacks.flatMap((lack) =>
    lack.parts.flatMap((part) => (part.chosen === null ? [] : [earnPart(lack, part, part.chosen, running)])),
  )
}

function earnPart(
  { line, seat }: Lack,
  part: LinePart<Applied>,
  rule: Applied,
  running: Map<string, Running>,
): NewEarning {
  const code = currency(line.currency)
  invariant(rule.currency === line.currency, 'a rule earns on documents of its own currency')
  const common = {
    seat,
    rule,
    invoiceId: line.invoiceId,
    line: line.line,
    serviceStart: part.from,
    serviceEnd: part.to,
    currency: line.currency,
    base: amountText(part.base, code),
  }
  if (rule.terms.scope === 'line') {
    const amount = amountText(earnLine(rule.terms, part.base, code).amount, code)
    return { ...common, amount, baseToDate: common.base, amountToDate: amount, position: null }
  }
  const key = pairKey(rule.id, seat)
  const before = running.get(key) ?? { base: zero, earned: zero, position: 0 }
  const { amount, toDate } = earnPeriod(rule.terms, before, part.base, code)
  const after = { ...toDate, position: before.position + 1 }
  running.set(key, after)
  const inMinor = (value: Decimal) => amountText(value, code)
  return {
    ...common,
    amount: inMinor(amount),
    baseToDate: inMinor(after.base),
    amountToDate: inMinor(after.earned),
    position: after.position,
  }
}
