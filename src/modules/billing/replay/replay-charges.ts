import { nextPeriod } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import { type BilledCharge, exchangedIn, pricedIn, readBilledCharges } from '../charges/charge-again.ts'
import { dueCharges } from '../charges/charge-due.ts'
import { type ChargeBucket, chargeBuckets, creditBucket } from '../charges/charge-lines.ts'
import { chainAt, type ChargeInput, readCharges, type SoldEdge, soldEdges } from '../charges/input.ts'
import * as queries from '../charges/queries.ts'
import { type Exchange, openExchange } from '../rating/exchange.ts'
import { openBook, type RatingTask } from '../rating/input.ts'
import type { PriceBook } from '../rating/price-book.ts'
import { amountOnPaper, type Replay, type ReplayedLine } from './replay.ts'

type Charge = Omit<BilledCharge, 'rateId'>

/** Something given back, at what its charge was billed for. */
type Credit = Pick<ReplayedLine, 'chainId' | 'tenantId' | 'skuId' | 'currency'> & { readonly unrounded: string | null }

/**
 * Charges what a posting period charged these tenants' subscriptions twice, and what it has not billed yet: the same spans and
 * quantities at the seller's prices and at changed ones. What is given back was paid at the prices of another bill: it stays as it
 * is. Writes nothing. Runs as weir_seller.
 */
export async function replayCharges(tx: Tx, replay: Replay): Promise<ReplayedLine[]> {
  const task = { ...replay, runId: undefined }
  const input = await readCharges(tx, task)
  const due = input ? dueOf(input, replay) : { charges: [], credits: [] }
  const isSale = replay.kind === 'sale'
  const billed = isSale ? wholeCharges(await readBilledCharges(tx, task)) : []
  const credits = isSale ? [...(await readBilledCredits(tx, task)), ...due.credits] : []
  return [...(await pricedTwice(tx, replay, [...billed, ...due.charges])), ...credits.map(unchanged)]
}

async function pricedTwice(tx: Tx, replay: Replay, charges: readonly Charge[]): Promise<ReplayedLine[]> {
  if (charges.length === 0) return []
  const task = { ...replay, runId: undefined }
  const wanted = charges.map(pricedIn)
  const before = await openBook(tx, task, replay.kind, wanted)
  const after = await openBook(tx, task, replay.kind, wanted, replay.change)
  const exchange = await openExchange(tx, { ...task, period: nextPeriod(task.period) }, charges.map(exchangedIn))
  return charges.map((charge) => ({
    chainId: chainAt(charge.edge, charge.piece.span.from),
    tenantId: charge.edge.tenantId,
    skuId: charge.piece.terms.chargeId,
    currency: charge.edge.currency,
    before: amountAt(charge, before, exchange),
    after: amountAt(charge, after, exchange),
  }))
}

const amountAt = ({ subscriptionId, edge, piece }: Charge, book: PriceBook, exchange: Exchange) =>
  amountOnPaper(chargeBuckets({ subscriptionId, edge, book, exchange }, piece), edge.currency)

/** What the period charges and gives back that is on no issued document yet. */
function dueOf(input: ChargeInput, { kind, period }: Replay): { charges: Charge[]; credits: Credit[] } {
  const due = input.lives.flatMap((one) =>
    input
      .edgesOf(one.tenantId)
      .filter((edge) => edge.kind === kind)
      .map((edge) => ({ subscriptionId: one.subscriptionId, edge, ...dueCharges(input, one, edge, period) })),
  )
  return {
    charges: due.flatMap(({ subscriptionId, edge, charges }) =>
      charges.map((piece) => ({ subscriptionId, edge, piece })),
    ),
    credits: due.flatMap(({ subscriptionId, edge, credits }) =>
      credits.map(({ billed, span }) => toCredit(edge, creditBucket({ subscriptionId, edge }, billed, span))),
    ),
  }
}

const toCredit = (edge: SoldEdge, { bucket: { chainId, skuId, unrounded } }: ChargeBucket): Credit => {
  const { tenantId, currency } = edge
  return { chainId, tenantId, skuId, currency, unrounded }
}

async function readBilledCredits(tx: Tx, { seller, period, tenantIds }: RatingTask): Promise<Credit[]> {
  const sellerId = seller.organizationId
  const rows = await queries.listCreditsOn(tx, sellerId, period, tenantIds)
  if (rows.length === 0) return []
  const edges = soldEdges(await queries.listSold(tx, sellerId, tenantIds))
  const currencyOf = new Map(edges.map(({ edgeId, currency }) => [edgeId, currency]))
  return rows.flatMap(({ edgeId, chargeId, ...row }) => {
    const currency = currencyOf.get(edgeId)
    return currency === undefined ? [] : [{ ...row, skuId: chargeId, currency }]
  })
}

function unchanged({ unrounded, ...place }: Credit): ReplayedLine {
  const amount = amountOnPaper([{ bucket: { unrounded } }], place.currency)
  return { ...place, before: amount, after: amount }
}

/** In arrears a list that changed has split the charge: with other prices it may be split elsewhere, or not at all. */
function wholeCharges(billed: readonly BilledCharge[]): BilledCharge[] {
  const whole: BilledCharge[] = []
  for (const one of billed) {
    const last = whole.at(-1)
    if (!last || !isSplit(last, one)) whole.push(one)
    else {
      const span = { from: last.piece.span.from, to: one.piece.span.to }
      whole[whole.length - 1] = { ...one, piece: { ...one.piece, span } }
    }
  }
  return whole
}

const isSplit = (one: BilledCharge, next: BilledCharge): boolean =>
  one.rateId !== next.rateId &&
  one.edge.edgeId === next.edge.edgeId &&
  one.subscriptionId === next.subscriptionId &&
  one.piece.terms.chargeId === next.piece.terms.chargeId &&
  one.piece.terms.kind === 'recurring' &&
  one.piece.terms.timing === 'arrears' &&
  one.piece.planVersionId === next.piece.planVersionId &&
  one.piece.quantity === next.piece.quantity &&
  one.piece.whole.from === next.piece.whole.from &&
  one.piece.span.to === next.piece.span.from
