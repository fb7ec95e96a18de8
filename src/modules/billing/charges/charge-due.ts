import {
  chargeChanges,
  chargePieces,
  type ChargePiece,
  type ChargeView,
  postingMonth,
  spansWithout,
} from '../../../billing/charges.ts'
import { nextPeriod, periodEndInstant } from '../../../billing/period.ts'
import type { InstantSpan } from '../../../billing/prorate.ts'
import type { ChargedLife, ChargeInput, SoldEdge } from './input.ts'
import type { BilledRow } from './queries.ts'

/** What one month charges a subscription on one edge, and what it gives back. */
type DueCharges = {
  readonly charges: readonly ChargePiece[]
  readonly credits: readonly { readonly billed: BilledRow; readonly span: ChargePiece['span']; readonly due: string }[]
}

/**
 * What a posting month charges and gives back on an edge of the seller: what falls due in it, and what fell due in a month
 * that is billed already and is not on its bill. What the platform pays itself is on no bill: each month holds what falls due
 * in it by all that is known.
 */
export function dueCharges(input: ChargeInput, one: ChargedLife, edge: SoldEdge, period: string): DueCharges {
  const view = { termsOf: input.termsOf, sold: edge.sold, knownUntil: null, horizon: periodEndInstant(period) }
  if (edge.kind === 'cost') {
    const charges = chargePieces(one.life, view).filter(({ due }) => due === period)
    return { charges, credits: [] }
  }
  const billed = input.billedOf(one.subscriptionId).filter(({ edgeId }) => edgeId === edge.edgeId)
  const changes = chargeChanges(openPieces(input, one, saleView(view, billed)), billed)
  const isHeld = heldBy(input, one, edge)
  const isNow = ({ due }: { readonly due: string }): boolean => postingMonth(due, input.isDone, nextPeriod) === period
  const isChargedNow = (piece: ChargePiece): boolean =>
    postingMonth(piece.due, (month) => input.isDone(month) && !isHeld(piece, month), nextPeriod) === period
  const takenOf = spansTaken(input, one)
  const credits = changes.credits.flatMap((credit) =>
    spansWithout(credit.span, takenOf(credit.billed.chargeId)).map((span) => ({ ...credit, span })),
  )
  return { charges: changes.charges.filter(isChargedNow), credits: credits.filter(isNow) }
}

/** Whether a month has kept a charge that was not billed with it: another run of that month bills it, no later one. */
function heldBy(input: ChargeInput, { subscriptionId }: ChargedLife, { edgeId }: SoldEdge) {
  const held = input.heldOf(subscriptionId).filter((row) => row.edgeId === edgeId)
  return ({ terms, span }: ChargePiece, month: string): boolean =>
    held.some(
      (row) =>
        row.period === month && row.chargeId === terms.chargeId && span.from < row.span.to && row.span.from < span.to,
    )
}

/** The spans of a charge that are on drafts of other months. */
function spansTaken(input: ChargeInput, { subscriptionId }: ChargedLife): (chargeId: string) => InstantSpan[] {
  const taken = Map.groupBy(input.takenOf(subscriptionId), ({ chargeId }) => chargeId)
  return (chargeId) => (taken.get(chargeId) ?? []).flatMap(({ kind, span }) => (kind === 'oneTime' ? [] : [span]))
}

/** A bill does not know what the months after it bring; what is billed beyond its month is looked at to its end. */
const saleView = (view: ChargeView, billed: readonly BilledRow[]): ChargeView => ({
  ...view,
  knownUntil: view.horizon,
  horizon: billed.reduce((last, { span }) => (span.to > last ? span.to : last), view.horizon),
})

/** Without what drafts of other months hold. */
function openPieces(input: ChargeInput, one: ChargedLife, view: ChargeView): ChargePiece[] {
  const takenOf = spansTaken(input, one)
  const taken = input.takenOf(one.subscriptionId)
  return chargePieces(one.life, view).flatMap((piece) => {
    const { kind, chargeId } = piece.terms
    if (kind === 'recurring') return spansWithout(piece.span, takenOf(chargeId)).map((span) => ({ ...piece, span }))
    return taken.some((other) => other.chargeId === chargeId && other.kind === 'oneTime') ? [] : [piece]
  })
}
