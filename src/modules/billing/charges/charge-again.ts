import type { ChargeDetails } from '../../../billing/charge-amounts.ts'
import { wholeOf } from '../../../billing/charge-amounts.ts'
import type { ChargePiece, ChargeTerms } from '../../../billing/charges.ts'
import { daysAfter } from '../../../billing/days.ts'
import { nextPeriod } from '../../../billing/period.ts'
import { dayOf } from '../../../billing/prorate.ts'
import type { Tx } from '../../../platform/db.ts'
import { openExchange } from '../rating/exchange.ts'
import { openBook, type RatingTask } from '../rating/input.ts'
import { type ChargeBucket, chargeBuckets } from './charge-lines.ts'
import { type SoldEdge, soldEdges } from './input.ts'
import * as queries from './queries.ts'

/** A charge as it was billed, on the edge where it was. */
export type BilledCharge = {
  readonly subscriptionId: string
  readonly edge: SoldEdge
  readonly piece: ChargePiece
  readonly rateId: string
}

/** What a posting month charged the tenants' subscriptions on the seller's sale edges, in order of time. Runs as weir_seller. */
export async function readBilledCharges(
  tx: Tx,
  { seller, period, tenantIds }: Pick<RatingTask, 'seller' | 'period' | 'tenantIds'>,
): Promise<BilledCharge[]> {
  const sellerId = seller.organizationId
  const billed = await queries.listChargesOn(tx, sellerId, period, tenantIds)
  if (billed.length === 0) return []
  const edges = soldEdges(await queries.listSold(tx, sellerId, tenantIds))
  const terms = await queries.listTerms(tx, [...new Set(billed.map(({ planVersionId }) => planVersionId))])
  return billed.flatMap((row) => {
    const { subscriptionId, rateId } = row
    const edge = edges.find((one) => one.edgeId === row.edgeId && one.tenantId === row.tenantId)
    const own = terms.find((one) => isOf(one, row))
    return edge && own ? [{ subscriptionId, edge, rateId, piece: pieceOf(row, own) }] : []
  })
}

/**
 * Charges what a posting month charged the tenants' subscriptions again, on the seller's sale edges: the same spans and
 * quantities, at the prices of today and the rates of exchange of its documents. Writes nothing. Runs as weir_seller.
 */
export async function chargeAgain(tx: Tx, task: RatingTask): Promise<ChargeBucket[]> {
  const charges = await readBilledCharges(tx, task)
  if (charges.length === 0) return []
  const book = await openBook(tx, task, 'sale', charges.map(pricedIn))
  const exchange = await openExchange(tx, { ...task, period: nextPeriod(task.period) }, charges.map(exchangedIn))
  return charges.flatMap(({ subscriptionId, edge, piece }) =>
    chargeBuckets({ subscriptionId, edge, book, exchange }, piece),
  )
}

/** The price that a charge asks for. */
export const pricedIn = ({ piece }: Pick<BilledCharge, 'piece'>) => ({
  key: { skuId: piece.terms.chargeId },
  month: piece.span.from.slice(0, 7),
})

/** The rate of exchange that a charge asks for. */
export const exchangedIn = ({ edge, piece }: Pick<BilledCharge, 'edge' | 'piece'>) => ({ ...edge, month: piece.due })

const isOf = (terms: queries.TermsRow, row: queries.ChargeOnRow): boolean =>
  terms.planVersionId === row.planVersionId && terms.chargeId === row.chargeId && terms.kind === row.kind

function pieceOf({ details, planVersionId, quantity }: queries.ChargeOnRow, terms: ChargeTerms): ChargePiece {
  const span = { from: details.from, to: details.to }
  return { terms, planVersionId, quantity, whole: wholeOf(details), span, due: dueOf(details, terms) }
}

/** In advance and once, the month in which it begins; in arrears the month of its last day. */
function dueOf({ from, to }: ChargeDetails, terms: ChargeTerms): string {
  const isArrears = terms.kind === 'recurring' && terms.timing === 'arrears'
  if (!isArrears) return from.slice(0, 7)
  return (to.endsWith('T00:00:00Z') ? daysAfter(dayOf(to), -1) : dayOf(to)).slice(0, 7)
}
