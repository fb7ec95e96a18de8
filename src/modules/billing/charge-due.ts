import {
  chargeChanges,
  chargePieces,
  type ChargePiece,
  type ChargeView,
  postingMonth,
  spansWithout,
} from '../../billing/charges.ts'
import { nextPeriod, periodEndInstant } from '../../billing/period.ts'
import type { ChargedLife, ChargeInput, SoldEdge } from './charges-input.ts'
import type { BilledRow } from './queries-charges.ts'

/** What one month charges a subscription on one edge, and what it gives back. */
export type DueCharges = {
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
  const isNow = ({ due }: { readonly due: string }): boolean => postingMonth(due, input.isDone, nextPeriod) === period
  return { charges: changes.charges.filter(isNow), credits: changes.credits.filter(isNow) }
}

/** A bill does not know what the months after it bring; what is billed beyond its month is looked at to its end. */
const saleView = (view: ChargeView, billed: readonly BilledRow[]): ChargeView => ({
  ...view,
  knownUntil: view.horizon,
  horizon: billed.reduce((last, { span }) => (span.to > last ? span.to : last), view.horizon),
})

/** Without what drafts of other months hold. */
function openPieces(input: ChargeInput, { subscriptionId, life }: ChargedLife, view: ChargeView): ChargePiece[] {
  const taken = Map.groupBy(input.takenOf(subscriptionId), ({ chargeId }) => chargeId)
  return chargePieces(life, view).flatMap((piece) => {
    const others = (taken.get(piece.terms.chargeId) ?? []).filter(({ kind }) => kind === piece.terms.kind)
    if (others.length === 0) return [piece]
    if (piece.terms.kind === 'oneTime') return []
    return spansWithout(
      piece.span,
      others.map(({ span }) => span),
    ).map((span) => ({ ...piece, span }))
  })
}
