import { type ChargeCadence, chargePeriodOf } from './anchor.ts'
import { type Day, daysAfter } from './days.ts'
import { instantOfDay, type Period } from './period.ts'
import { counted, dayOf, type Instant, type InstantSpan, type ProrationUnit } from './prorate.ts'

/** When a charge period is billed: with the month in which it begins, or with the one in which it ends. */
export const chargeTimings = ['advance', 'arrears'] as const
type ChargeTiming = (typeof chargeTimings)[number]

/** How many are charged: as many as the subscription has, or one whatever it has. */
export const quantityBases = ['subscription', 'one'] as const
type QuantityBasis = (typeof quantityBases)[number]

/** What a plan version says of a charge that comes again. */
type RecurringTerms = ChargeCadence & {
  readonly kind: 'recurring'
  readonly timing: ChargeTiming
  readonly unit: ProrationUnit
  readonly basis: QuantityBasis
}

/** What a plan version says of a charge that comes once in the life of a subscription. */
type OneTimeTerms = { readonly kind: 'oneTime'; readonly basis: QuantityBasis }

/** A charge of a plan version; `chargeId` is its SKU and stays the same from version to version. */
export type ChargeTerms = { readonly chargeId: string } & (RecurringTerms | OneTimeTerms)

/** What a subscription is from an instant on, until the next phase or its end. */
export type Phase = {
  readonly from: Instant
  readonly planVersionId: string
  readonly quantity: string
  readonly isSuspended: boolean
}

/** A subscription's whole life: its phases in time order, the first at its start; `to` null is without end. */
export type Life = { readonly phases: readonly Phase[]; readonly to: Instant | null }

/** What a charge is for: a span of one charge period, the same quantity and plan version throughout. */
export type ChargePiece = {
  readonly terms: ChargeTerms
  readonly planVersionId: string
  readonly quantity: string
  /** The whole charge period, of which `span` is the part that is served. A one-time charge serves the day it falls due on. */
  readonly whole: InstantSpan
  readonly span: InstantSpan
  /** The month that bills it. */
  readonly due: Period
}

/** Where and until when charges are looked for. */
export type ChargeView = {
  readonly termsOf: (planVersionId: string) => readonly ChargeTerms[]
  /** When the seller sold to this subscription on the edge, in time order; `to` null is without end. */
  readonly sold: readonly { readonly from: Instant | null; readonly to: Instant | null }[]
  /** What changes from here on does not count yet; an end that is known does. Null: all counts. */
  readonly knownUntil: Instant | null
  /** No charge period from here on is looked at. */
  readonly horizon: Instant
}

const earlier = (a: Instant | null, b: Instant | null): Instant | null => (a === null || (b !== null && b < a) ? b : a)
const later = (a: Instant, b: Instant | null): Instant => (b !== null && b > a ? b : a)

/** A phase that is served, with the instant it is over. */
type Served = { readonly phase: Phase; readonly from: Instant; readonly to: Instant | null }

/** The phases that count, each as long as it lasts on the edge, without those in which the subscription was suspended. */
function servedPhases({ phases, to: end }: Life, { sold, knownUntil }: ChargeView): Served[] {
  const isKnown = (instant: Instant | null): boolean => knownUntil === null || instant === null || instant < knownUntil
  const known = phases.filter(({ from }) => isKnown(from))
  return known.flatMap((phase, index) => {
    if (phase.isSuspended) return []
    const until = earlier(known[index + 1]?.from ?? null, end)
    return sold
      .filter(({ from }) => isKnown(from))
      .map((window) => ({
        phase,
        from: later(phase.from, window.from),
        to: earlier(until, isKnown(window.to) ? window.to : null),
      }))
      .filter(({ from, to }) => to === null || from < to)
  })
}

const monthOf = (instant: Instant): Period => instant.slice(0, 7)

/** The month of the last moment before an instant: what ends with a month ends in it. */
const monthBefore = (instant: Instant): Period =>
  instant.endsWith('T00:00:00Z') ? daysAfter(dayOf(instant), -1).slice(0, 7) : monthOf(instant)

const quantityOf = ({ quantity }: Phase, basis: QuantityBasis): string => (basis === 'one' ? '1' : quantity)

/** The charge periods that a served phase touches, each cut to what is served of it. */
function recurringPieces(
  { phase, from, to }: Served,
  terms: ChargeTerms & RecurringTerms,
  startDay: Day,
  horizon: Instant,
): ChargePiece[] {
  const pieces: ChargePiece[] = []
  const first = counted(from, terms.unit)
  const last = to === null ? null : counted(to, terms.unit)
  const end = earlier(last, horizon) ?? horizon
  for (let at = first; at < end;) {
    const days = chargePeriodOf(dayOf(at), terms, startDay)
    const whole = { from: instantOfDay(days.from), to: instantOfDay(days.to) }
    const span = { from: at, to: earlier(whole.to, last) ?? whole.to }
    const due = terms.timing === 'advance' ? monthOf(span.from) : monthBefore(span.to)
    const quantity = quantityOf(phase, terms.basis)
    pieces.push({ terms, planVersionId: phase.planVersionId, quantity, whole, span, due })
    at = span.to
  }
  return pieces
}

function oneTimePiece({ phase, from }: Served, terms: ChargeTerms): ChargePiece {
  const day = dayOf(from)
  const span = { from: instantOfDay(day), to: instantOfDay(daysAfter(day, 1)) }
  const quantity = quantityOf(phase, terms.basis)
  return { terms, planVersionId: phase.planVersionId, quantity, whole: span, span, due: monthOf(from) }
}

/**
 * Everything a subscription is to be charged on one edge, in time order by charge. In advance, a period is due in the month
 * that it, or what is served of it, begins in; in arrears in the month that it ends in; once, in the month the charge first
 * applies in. Nothing is due for what is suspended.
 */
export function chargePieces(life: Life, view: ChargeView): ChargePiece[] {
  const start = life.phases[0]?.from
  if (start === undefined) return []
  const once = firstTimes(life, view)
  const pieces = servedPhases(life, view).flatMap((served) =>
    view.termsOf(served.phase.planVersionId).flatMap((terms) => {
      if (terms.kind === 'recurring') return recurringPieces(served, terms, dayOf(start), view.horizon)
      return once.get(terms.chargeId) === served.from && served.from < view.horizon ? [oneTimePiece(served, terms)] : []
    }),
  )
  return [...Map.groupBy(pieces, ({ terms }) => terms.chargeId).values()].flatMap(joined)
}

/** Neighbours of one charge period that differ in nothing are one piece: what changed in between is no matter of the charge. */
function joined(pieces: readonly ChargePiece[]): ChargePiece[] {
  const result: ChargePiece[] = []
  for (const piece of pieces) {
    const last = result.at(-1)
    const isOne =
      last?.span.to === piece.span.from &&
      last.whole.from === piece.whole.from &&
      last.planVersionId === piece.planVersionId &&
      last.quantity === piece.quantity
    if (!isOne) result.push(piece)
    else
      result[result.length - 1] = {
        ...last,
        span: { from: last.span.from, to: piece.span.to },
        due: dueOf(piece, last),
      }
  }
  return result
}

const dueOf = (piece: ChargePiece, before: ChargePiece): Period =>
  piece.terms.kind === 'recurring' && piece.terms.timing === 'arrears' ? piece.due : before.due

/** When each one-time charge falls due: with the first phase that has it, whoever sells then. */
function firstTimes(life: Life, view: ChargeView): ReadonlyMap<string, Instant> {
  const times = new Map<string, Instant>()
  for (const { phase, from } of servedPhases(life, { ...view, sold: [{ from: null, to: null }] })) {
    for (const terms of view.termsOf(phase.planVersionId)) {
      if (terms.kind === 'oneTime' && !times.has(terms.chargeId)) times.set(terms.chargeId, from)
    }
  }
  return times
}

/** What stands on an issued document of the edge for a charge and was not given back since. */
type BilledSpan = {
  readonly kind: 'recurring' | 'oneTime'
  readonly chargeId: string
  readonly planVersionId: string
  readonly quantity: string
  readonly span: InstantSpan
}

/** What is to be charged, and what is to be given back, each with the month that does it. */
type ChargeChanges<B extends BilledSpan> = {
  readonly charges: readonly ChargePiece[]
  readonly credits: readonly { readonly billed: B; readonly span: InstantSpan; readonly due: Period }[]
}

const overlapOf = (a: InstantSpan, b: InstantSpan): InstantSpan | null => {
  const from = a.from > b.from ? a.from : b.from
  const to = a.to < b.to ? a.to : b.to
  return from < to ? { from, to } : null
}

/** What is left of a span without some others, in time order. */
export function spansWithout(span: InstantSpan, others: readonly InstantSpan[]): InstantSpan[] {
  const left: InstantSpan[] = []
  let from = span.from
  for (const other of others.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
    const taken = overlapOf({ from, to: span.to }, other)
    if (!taken) continue
    if (from < taken.from) left.push({ from, to: taken.from })
    from = taken.to
  }
  return from < span.to ? [...left, { from, to: span.to }] : left
}

const isSame = (piece: ChargePiece, billed: BilledSpan): boolean =>
  piece.planVersionId === billed.planVersionId && piece.quantity === billed.quantity && piece.terms.kind === billed.kind

/**
 * What separates what is billed from what should be: spans that are served and not billed are charged; billed ones that are
 * not served so are given back in the month in which that begins; where another quantity or plan version is served, both.
 * A one-time charge that is billed stays, whatever becomes of the subscription.
 */
export function chargeChanges<B extends BilledSpan>(
  pieces: readonly ChargePiece[],
  billed: readonly B[],
): ChargeChanges<B> {
  const billedOf = Map.groupBy(billed, ({ chargeId }) => chargeId)
  const piecesOf = Map.groupBy(pieces, ({ terms }) => terms.chargeId)
  return {
    charges: pieces.flatMap((piece) => missing(piece, billedOf.get(piece.terms.chargeId) ?? [])),
    credits: billed.flatMap((one) => surplus(one, piecesOf.get(one.chargeId) ?? [])),
  }
}

function missing(piece: ChargePiece, billed: readonly BilledSpan[]): ChargePiece[] {
  if (piece.terms.kind === 'oneTime') return billed.some(({ kind }) => kind === 'oneTime') ? [] : [piece]
  const recurring = billed.filter(({ kind }) => kind === 'recurring')
  const spans = recurring.map(({ span }) => span)
  const free = spansWithout(piece.span, spans).map((span) => ({ ...piece, span }))
  const other = recurring
    .filter((one) => !isSame(piece, one))
    .flatMap(({ span }) => overlapOf(piece.span, span) ?? [])
    .map((span) => ({ ...piece, span, due: latest(piece.due, monthOf(span.from)) }))
  return [...free, ...other].toSorted((a, b) => (a.span.from < b.span.from ? -1 : 1))
}

const latest = (a: Period, b: Period): Period => (a > b ? a : b)

function surplus<B extends BilledSpan>(billed: B, pieces: readonly ChargePiece[]) {
  if (billed.kind === 'oneTime') return []
  const right = pieces.filter((piece) => isSame(piece, billed)).map(({ span }) => span)
  return spansWithout(billed.span, right).map((span) => ({ billed, span, due: monthOf(span.from) }))
}

/**
 * The month that bills what was due in one: that month, or where the seller has billed it already, the first one after it
 * that it has not. So late knowledge becomes lines of the next invoice.
 */
export function postingMonth(due: Period, isDone: (month: Period) => boolean, next: (month: Period) => Period): Period {
  let month = due
  while (isDone(month)) month = next(month)
  return month
}
