import { type EarnedDays, lackingParts, type LinePart, partOfDays } from '../../../billing/commission-line.ts'
import { countsToDate, earnLine, earnToDate, type ToDate } from '../../../billing/commission.ts'
import type { Stretch } from '../../../billing/days.ts'
import { amountText, currency, type Decimal, decimal, zero } from '../../../billing/money.ts'
import { invariant } from '../../../platform/errors.ts'
import { type Applied, type EdgeAgents, type RuleBook, type Seat, seatsOf } from './book.ts'

/** A line of an issued document on an edge with agents. Amounts are decimal text; `base` is its net after its discounts. */
export type IssuedLine = EdgeAgents & {
  readonly invoiceId: string
  readonly line: number
  readonly kind: string
  readonly currency: string
  readonly base: string
  readonly skuId: string
  /** Null where no rule of the payer asks for it. */
  readonly planId: string | null
  /** What the payer itself pays for the same service; null where it is unknown, or no rule of the payer asks for it. */
  readonly cost: string | null
  readonly issueDate: string
  readonly serviceStart: string
  readonly serviceEnd: string
}

/** The service days of a line that one payee has an earning for. */
type EarnedBefore = {
  readonly invoiceId: string
  readonly line: number
  readonly payeeId: string
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly base: string
}

/** The same with what was computed again since, and how often its line was computed again before. */
export type EarnedEver = EarnedBefore & { readonly isLive: boolean; readonly retiered: number }

/** The period to date of one rule and payee, and how many earnings it is made of. */
export type RunningTotal = {
  readonly ruleId: string
  readonly payeeId: string
  readonly base: string
  readonly amount: string
  readonly uncapped: string | null
  readonly position: number
}

/** What an earning is made of, before it is divided into portions. Amounts are decimal text. */
export type NewEarning = {
  readonly seat: Seat
  readonly rule: Applied
  readonly invoiceId: string
  readonly line: number
  /** The day that hold days count from. */
  readonly issueDate: string
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly currency: string
  readonly base: string
  readonly baseToDate: string
  readonly amount: string
  readonly amountToDate: string
  readonly uncappedToDate: string | null
  readonly position: number | null
  /** What changed what is collected of the document; null where the document itself earns. */
  readonly eventId: string | null
}

/** What one payee lacks on one line. */
export type Lack = { readonly line: IssuedLine; readonly seat: Seat; readonly parts: readonly LackingPart[] }

/** Service days without an earning; a base of null waits until the payer's own cost is known. */
type LackingPart = Omit<LinePart<Applied>, 'base'> & { readonly base: Decimal | null }

type LineOfPayee = Pick<EarnedBefore, 'invoiceId' | 'line' | 'payeeId'>

const lineKey = (row: LineOfPayee): string => `${row.invoiceId} ${row.line} ${row.payeeId}`

/**
 * What the lines lack in earnings, in the order of the lines and from the top down. A discount earns nothing by itself: it
 * is in the base of the line that it reduces (law 15).
 */
export function lacksOf(lines: readonly IssuedLine[], book: RuleBook, before: readonly EarnedBefore[]): Lack[] {
  const earned = Map.groupBy(before, lineKey)
  const daysOf = (line: IssuedLine, { payeeId }: Seat): EarnedDays[] =>
    earned.size === 0 ? [] : (earned.get(lineKey({ ...line, payeeId })) ?? []).map(toEarnedDays)
  return lines.flatMap((line) => {
    if (line.kind === 'discount') return []
    return seatsOf(line).flatMap((seat) => {
      const valid = book.stretches(seat, line.currency, { from: line.serviceStart, to: line.serviceEnd })
      const parts = lackingParts(decimal(line.base), eligible(valid, line), daysOf(line, seat), currency(line.currency))
      const own = parts.filter(({ chosen }) => chosen?.terms.trigger !== 'paid').map((part) => basedOn(line, part))
      return own.length === 0 ? [] : [{ line, seat, parts: own }]
    })
  })
}

/** The part with the base that its rule asks for: by a rule on the margin, null while the payer's own cost is unknown. */
function basedOn(line: IssuedLine, part: LinePart<Applied>): LackingPart {
  if (part.chosen?.basis !== 'margin') return part
  if (line.cost === null) return { ...part, base: null }
  const margin = decimal(line.base).minus(decimal(line.cost))
  return { ...part, base: partOfDays(margin, line, part, currency(line.currency)) }
}

/** Where a rule is for some SKUs and plans only, other lines earn nothing by it. */
export const eligible = (stretches: readonly Stretch<Applied>[], line: IssuedLine): readonly Stretch<Applied>[] =>
  stretches.some(({ chosen }) => chosen?.terms.eligible)
    ? stretches.map((stretch) => (isFor(stretch.chosen, line) ? stretch : { ...stretch, chosen: null }))
    : stretches

function isFor(rule: Applied | null, { skuId, planId }: IssuedLine): boolean {
  const { skuIds, planIds } = rule?.terms.eligible ?? {}
  return (!skuIds || skuIds.includes(skuId)) && (!planIds || (planId !== null && planIds.includes(planId)))
}

/** How often a payee's earnings on a line were computed again. */
export function timesRetiered(earned: readonly EarnedEver[]): (one: LineOfPayee) => number {
  const times = new Map<string, number>()
  for (const one of earned) {
    if (!one.isLive) times.set(lineKey(one), Math.max(times.get(lineKey(one)) ?? 0, one.retiered + 1))
  }
  return (one) => times.get(lineKey(one)) ?? 0
}

const toEarnedDays = ({ serviceStart, serviceEnd, base }: EarnedBefore): EarnedDays => ({
  from: serviceStart,
  to: serviceEnd,
  base: decimal(base),
})

/** Lines with days that no rule is in force for, once per payee. */
export const countWithoutRule = (lacks: readonly Lack[]): number =>
  lacks.filter(({ parts }) => parts.some(({ chosen }) => chosen === null)).length

/** Lines with days that wait for the payer's own cost, once per payee. */
export const countWithoutCost = (lacks: readonly Lack[]): number =>
  lacks.filter(({ parts }) => parts.some(({ base }) => base === null)).length

/** The rules whose earnings follow one another, with who earns by them. */
export function runningPairs(lacks: readonly Lack[]): { ruleId: string; payeeId: string }[] {
  const pairs = new Map<string, { ruleId: string; payeeId: string }>()
  for (const { seat, parts } of lacks) {
    for (const { chosen } of parts) {
      if (!chosen || !countsToDate(chosen.terms)) continue
      pairs.set(pairKey(chosen.id, seat), { ruleId: chosen.id, payeeId: seat.payeeId })
    }
  }
  return [...pairs.values()]
}

/** Names whose earnings by which rule follow one another. */
export const pairKey = (ruleId: string, { payeeId }: { payeeId: string }): string => `${ruleId} ${payeeId}`

type Running = ToDate & { readonly position: number }

/** The figures to date of an earning, as text. */
type Counted = Pick<NewEarning, 'baseToDate' | 'amount' | 'amountToDate' | 'uncappedToDate' | 'position'>

/** Goes on counting from `totals`: each earning follows the one before of its rule and payee. */
export function openCounts(totals: readonly RunningTotal[]) {
  const running = new Map<string, Running>(
    totals.map(({ ruleId, payeeId, base, amount, uncapped, position }) => [
      pairKey(ruleId, { payeeId }),
      {
        base: decimal(base),
        earned: decimal(amount),
        uncapped: uncapped === null ? undefined : decimal(uncapped),
        position,
      },
    ]),
  )
  const count = (
    rule: Pick<Applied, 'id' | 'terms'>,
    seat: { payeeId: string },
    base: Decimal,
    more: CountedBase,
  ): Counted => {
    const code = currency(more.currency)
    const key = pairKey(rule.id, seat)
    const before = running.get(key) ?? { base: zero, earned: zero, position: 0 }
    const { amount, toDate } = earnToDate(rule.terms, before, base, code, more.lineBefore)
    const after = { ...toDate, position: before.position + 1 }
    running.set(key, after)
    const inMinor = (value: Decimal) => amountText(value, code)
    return {
      amount: inMinor(amount),
      baseToDate: inMinor(after.base),
      amountToDate: inMinor(after.earned),
      uncappedToDate: after.uncapped ? inMinor(after.uncapped) : null,
      position: after.position,
    }
  }
  return { count }
}
type CountedBase = { readonly currency: string; readonly lineBefore?: Decimal }

/**
 * Computes the earnings of what is lacking. A rule of scope line earns on each line by itself; one that counts the period
 * to date goes on from `totals` in the order of documents and lines (law 15).
 */
export function earn(lacks: readonly Lack[], totals: readonly RunningTotal[]): NewEarning[] {
  const counts = openCounts(totals)
  return lacks.flatMap((lack) =>
    lack.parts.flatMap(({ base, chosen, ...part }) =>
      chosen === null || base === null ? [] : [earnPart(lack, { ...part, chosen, base }, counts)],
    ),
  )
}

function earnPart(
  { line, seat }: Lack,
  part: Omit<LinePart<Applied>, 'chosen'> & { readonly chosen: Applied },
  counts: ReturnType<typeof openCounts>,
): NewEarning {
  const code = currency(line.currency)
  const rule = part.chosen
  invariant(rule.currency === line.currency, 'a rule earns on documents of its own currency')
  const common = {
    seat,
    rule,
    invoiceId: line.invoiceId,
    line: line.line,
    issueDate: line.issueDate,
    serviceStart: part.from,
    serviceEnd: part.to,
    currency: line.currency,
    base: amountText(part.base, code),
    eventId: null,
  }
  if (countsToDate(rule.terms)) return { ...common, ...counts.count(rule, seat, part.base, line) }
  const amount = amountText(earnLine(rule.terms, part.base, code).amount, code)
  return { ...common, amount, baseToDate: common.base, amountToDate: amount, uncappedToDate: null, position: null }
}
