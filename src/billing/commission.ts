import { allocate } from './allocate.ts'
import { daysBetween, timeline, type Day, type DayRange, type Stretch } from './days.ts'
import { invariant } from './errors.ts'
import { decimal, Decimal, isNegative, plainText, roundToMinor, sum, zero, type Currency } from './money.ts'

/** Marginal: each part of the base at its own tier's percent. Whole: all of it, back to the start of the scope. */
export type CommissionMode = 'marginal' | 'whole'

/** A tier from where the one before ended up to but without `to` (law 15, `[from, to)`); null is open. */
export type CommissionTier = { readonly to: string | null; readonly percent: string; readonly mode: CommissionMode }

/** Who takes a part of what the rule's payee earns; the rest stays with the payee. */
export type SplitPart = { readonly payeeId: string; readonly percent: string }

/**
 * What a rule computes: per document line, or on the period to date. `cap` and `floor` bound what a payee earns by it in a
 * period; `holdDays` after the document a part of it, or all, is free. `checkCommission` makes it.
 */
export type CommissionTerms = {
  readonly scope: 'line' | 'period'
  readonly tiers: readonly CommissionTier[]
  readonly cap?: string
  readonly floor?: string
  readonly holdDays?: number
  readonly holdBackPercent?: string
  readonly split?: readonly SplitPart[]
}

/** One line of an explanation: `amount = base x percent / 100`. All numbers are text. */
type CommissionStep = {
  readonly from: string
  readonly to: string | null
  readonly mode: CommissionMode
  readonly base: string
  readonly percent: string
  readonly amount: string
}

/** F(base), and the steps that explain it. */
type Earned = { readonly amount: Decimal; readonly derivation: readonly CommissionStep[] }

type Piece = { from: Decimal; to: Decimal | null; mode: CommissionMode; base: Decimal; percent: Decimal }
type Band = Omit<Piece, 'base'>

const hundredth = new Decimal('0.01')
const earnedOn = (piece: Piece): Decimal => piece.base.times(piece.percent).times(hundredth)

/** A rule earns on many lines, so its numbers are read once. */
const knownBands = new WeakMap<readonly CommissionTier[], readonly Band[]>()

function bandsOf(tiers: readonly CommissionTier[]): readonly Band[] {
  const known = knownBands.get(tiers)
  if (known) return known
  let from = zero
  const bands = tiers.map(({ to, percent, mode }) => {
    const band = { from, to: to === null ? null : decimal(to), mode, percent: decimal(percent) }
    from = band.to ?? from
    return band
  })
  knownBands.set(tiers, bands)
  return bands
}

/** Walks down from the tier that holds the base: a whole tier covers everything below it, so the walk ends there. */
function pieces(tiers: readonly CommissionTier[], base: Decimal): Piece[] {
  const reached = bandsOf(tiers).filter((band) => band.from.lessThanOrEqualTo(base))
  const found: Piece[] = []
  let rest = base
  for (const band of reached.toReversed()) {
    const from = band.mode === 'whole' ? zero : band.from
    found.unshift({ ...band, base: rest.minus(from) })
    rest = from
    if (band.mode === 'whole') break
  }
  return found.filter((piece) => !piece.base.isZero())
}

const signedPieces = (tiers: readonly CommissionTier[], base: Decimal): Piece[] =>
  isNegative(base)
    ? pieces(tiers, base.negated()).map((piece) => Object.assign(piece, { base: piece.base.negated() }))
    : pieces(tiers, base)

const toStep = (piece: Piece): CommissionStep => ({
  from: plainText(piece.from),
  to: piece.to === null ? null : plainText(piece.to),
  mode: piece.mode,
  base: plainText(piece.base),
  percent: plainText(piece.percent),
  amount: plainText(earnedOn(piece)),
})

/** F(base), unrounded, with its explanation. A negative base earns -F(|base|). */
export function commissionOn(tiers: readonly CommissionTier[], base: Decimal): Earned {
  const found = signedPieces(tiers, base)
  return { amount: sum(found.map(earnedOn)), derivation: found.map(toStep) }
}

/** F(base) as `commissionOn` explains it, rounded. */
const roundedOn = (tiers: readonly CommissionTier[], base: Decimal, currency: Currency): Decimal =>
  roundToMinor(sum(signedPieces(tiers, base).map(earnedOn)), currency)

/** Scope line: each line earns on its own and is rounded on its own. */
export function earnLine(terms: CommissionTerms, base: Decimal, currency: Currency): { readonly amount: Decimal } {
  invariant(terms.scope === 'line', 'a line earns by a rule of scope line')
  return { amount: roundedOn(terms.tiers, base, currency) }
}

/**
 * What the period holds before this line, per rule version and payee: the bases so far, and the rounded earnings on them;
 * `uncapped` is what the lines earned by themselves, before cap and floor.
 */
export type ToDate = { readonly base: Decimal; readonly earned: Decimal; readonly uncapped?: Decimal | undefined }

/** True for rules whose earnings follow one another: the period to date, or a cap or floor on it. */
export const countsToDate = ({ scope, cap, floor }: CommissionTerms): boolean =>
  scope === 'period' || cap !== undefined || floor !== undefined

/** What a period earns on a positive base is at least the floor and at most the cap. */
function bounded({ cap, floor }: CommissionTerms, base: Decimal, earned: Decimal): Decimal {
  if (isNegative(base) || base.isZero()) return earned
  if (cap !== undefined && earned.greaterThan(decimal(cap))) return decimal(cap)
  return floor !== undefined && earned.lessThan(decimal(floor)) ? decimal(floor) : earned
}

/**
 * Scope period to date: round(F(after)) - rounded so far (law 15), so that the earnings of a period always add up to what
 * the whole base earns. A negative base tiers the period again.
 */
export function earnPeriod(
  terms: CommissionTerms,
  toDate: ToDate,
  base: Decimal,
  currency: Currency,
): { readonly amount: Decimal; readonly toDate: ToDate } {
  invariant(terms.scope === 'period', 'a period earns by a rule of scope period')
  const after = toDate.base.plus(base)
  const earned = bounded(terms, after, roundedOn(terms.tiers, after, currency))
  return { amount: earned.minus(toDate.earned), toDate: { base: after, earned } }
}

/** What a line of scope line earns more, or less, when its base goes from `before` on by `base`: it is tiered again. */
export function retierLine(terms: CommissionTerms, before: Decimal, base: Decimal, currency: Currency): Decimal {
  invariant(terms.scope === 'line', 'a line earns by a rule of scope line')
  return roundedOn(terms.tiers, before.plus(base), currency).minus(roundedOn(terms.tiers, before, currency))
}

/**
 * The next earning of a rule that counts to date. With scope line each line is rounded on its own, and cap and floor bound
 * their sum: the line that reaches the cap takes what is left below it. `lineBefore` is what the line held before, where it
 * is tiered again.
 */
export function earnToDate(
  terms: CommissionTerms,
  toDate: ToDate,
  base: Decimal,
  currency: Currency,
  lineBefore: Decimal = zero,
): { readonly amount: Decimal; readonly toDate: ToDate } {
  return terms.scope === 'period'
    ? earnPeriod(terms, toDate, base, currency)
    : addEarned(terms, toDate, { base, amount: retierLine(terms, lineBefore, base, currency) })
}

/** What lines that earned by themselves add to the period: their own amounts, within cap and floor of their sum. */
export function addEarned(
  terms: CommissionTerms,
  toDate: ToDate,
  own: { readonly base: Decimal; readonly amount: Decimal },
): { readonly amount: Decimal; readonly toDate: ToDate } {
  const after = toDate.base.plus(own.base)
  const uncapped = (toDate.uncapped ?? zero).plus(own.amount)
  const earned = bounded(terms, after, uncapped)
  return { amount: earned.minus(toDate.earned), toDate: { base: after, earned, uncapped } }
}

/** A version of a rule of one payer. */
export type RuleVersion = {
  readonly ruleVersionId: string
  readonly payeeId: string
  readonly inheritable: boolean
  readonly valid: DayRange
}

/**
 * Which version an agent earns by, day by day: its own, else, for a partner, its distributor's of the same payer where that
 * is inheritable (law 15). `chosen` null: no rule, no earning. `rules` are those of the payer.
 */
export const rulesFor = <T extends RuleVersion>(
  range: { readonly from: Day; readonly to: Day },
  rules: readonly T[],
  payee: { readonly id: string; readonly distributorId: string | null },
): Stretch<T>[] =>
  timeline(
    range,
    rules.filter((rule) => rule.payeeId === payee.id || rule.payeeId === payee.distributorId),
    (valid) => {
      const own = valid.filter((rule) => rule.payeeId === payee.id)
      const inherited = valid.filter((rule) => rule.payeeId !== payee.id && rule.inheritable)
      invariant(own.length < 2 && inherited.length < 2, 'one rule per payer, payee and day')
      return own[0] ?? inherited[0] ?? null
    },
  )

/** Splits a line's base over the stretches of its service days, by days; the parts add up to the base (law 15). */
export const splitByDays = <T>(
  base: Decimal,
  stretches: readonly Stretch<T>[],
  currency: Currency,
): { readonly chosen: T | null; readonly base: Decimal }[] => {
  const days = stretches.map(({ from, to }) => new Decimal(daysBetween(from, to)))
  const parts = allocate(base, days, currency)
  return stretches.map(({ chosen }, index) => ({ chosen, base: parts[index] ?? zero }))
}
