import type { ChargePiece, ChargeTerms, ChargeView, Life, Phase } from '../../src/billing/charges.ts'
import { chargeChanges, chargePieces, postingMonth } from '../../src/billing/charges.ts'
import { currency, type Decimal, decimal, roundToMinor } from '../../src/billing/money.ts'
import { instantOfDay, nextPeriod, periodEndInstant } from '../../src/billing/period.ts'
import { creditOf, type InstantSpan, prorate, shareOf } from '../../src/billing/prorate.ts'

const eur = currency('EUR')

/** A monthly charge in advance by calendar and day, with what a test changes about it. */
export const monthly = (change: object = {}): ChargeTerms => ({
  chargeId: 'fee',
  kind: 'recurring',
  interval: 'month',
  anchor: 'calendar',
  timing: 'advance',
  unit: 'day',
  basis: 'subscription',
  ...change,
})

/** A phase from the beginning of a day, or from an instant. */
export const phase = (from: string, change: Partial<Phase> = {}): Phase => ({
  from: from.includes('T') ? from : instantOfDay(from),
  planVersionId: 'v1',
  quantity: '1',
  isSuspended: false,
  ...change,
})

/** A life of these phases, ended on a day or not at all. */
export const life = (phases: readonly Phase[], endDay: string | null = null): Life => ({
  phases,
  to: endDay === null ? null : instantOfDay(endDay),
})

/** A line of a simulated bill. */
export type SimulatedLine = {
  readonly month: string
  readonly kind: 'recurring' | 'oneTime' | 'credit'
  readonly chargeId: string
  readonly quantity: string
  readonly span: InstantSpan
  readonly net: Decimal
}

type Billed = {
  kind: 'recurring' | 'oneTime'
  chargeId: string
  planVersionId: string
  quantity: string
  span: InstantSpan
  charged: InstantSpan
  piece: ChargePiece
}

/** What one seller bills for a subscription, month after month, from memory in place of a database. */
export function biller(
  termsOf: ChargeView['termsOf'],
  priceOf: (planVersionId: string, quantity: string) => string = (_, quantity) => quantity,
) {
  let billed: Billed[] = []
  const done = new Set<string>()
  const fullOf = (piece: Pick<ChargePiece, 'planVersionId' | 'quantity'>): Decimal =>
    decimal(priceOf(piece.planVersionId, piece.quantity))
  const unitOf = ({ terms }: ChargePiece) => (terms.kind === 'recurring' ? terms.unit : 'day')
  /** Bills a month as far as it is not billed; a second run of the same month adds nothing. */
  const run = (one: Life, month: string): SimulatedLine[] => {
    const until = periodEndInstant(month)
    const horizon = billed.reduce((last, { span }) => (span.to > last ? span.to : last), until)
    const pieces = chargePieces(one, { termsOf, sold: [{ from: null, to: null }], knownUntil: until, horizon })
    const isNow = (due: string): boolean => postingMonth(due, (other) => done.has(other), nextPeriod) === month
    const changes = chargeChanges(pieces, billed)
    const charges = changes.charges.filter(({ due }) => isNow(due))
    const credits = changes.credits.filter(({ due }) => isNow(due))
    const lines = [
      ...credits.map(({ billed: { piece, charged, kind: _, ...rest }, span }) => {
        const charge = { full: fullOf(piece), charged, whole: piece.whole, unit: unitOf(piece) }
        const net = roundToMinor(creditOf(charge, span, eur), eur)
        return { month, kind: 'credit' as const, chargeId: rest.chargeId, quantity: rest.quantity, span, net }
      }),
      ...charges.map((piece) => {
        const share = shareOf(piece.span, piece.whole, unitOf(piece))
        const net = roundToMinor(prorate(fullOf(piece), share), eur)
        const { kind, chargeId } = piece.terms
        return { month, kind, chargeId, quantity: piece.quantity, span: piece.span, net }
      }),
    ]
    for (const { billed: row, span } of credits) {
      // Two credits of one month may be of one span: after the first the rest of it stands in its place.
      const isRest = (other: Billed): boolean =>
        other.piece === row.piece && other.span.from < span.to && span.from < other.span.to
      billed = billed.flatMap((other) => (isRest(other) ? cut(other, span) : [other]))
    }
    const added = charges.map((piece) => ({
      kind: piece.terms.kind,
      chargeId: piece.terms.chargeId,
      planVersionId: piece.planVersionId,
      quantity: piece.quantity,
      span: piece.span,
      charged: piece.span,
      piece,
    }))
    billed = [...billed, ...added]
    return lines
  }
  return { run, close: (month: string) => void done.add(month), billed: () => billed }
}

const cut = (row: Billed, span: InstantSpan): Billed[] =>
  [
    { ...row, span: { from: row.span.from, to: span.from } },
    { ...row, span: { from: span.to, to: row.span.to } },
  ].filter(({ span: left }) => left.from < left.to)

/** Kind, days, quantity and amount of a line, as a test reads them. */
export const shown = ({ kind, quantity, span, net }: SimulatedLine) =>
  `${kind} ${span.from.slice(0, 10)} ${span.to.slice(0, 10)} x${quantity} ${net.toFixed(2)}`
