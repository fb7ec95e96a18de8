import { amountOf, type ChargeDetails, creditAmountOf, wholeOf } from '../../../billing/charge-amounts.ts'
import type { ChargePiece } from '../../../billing/charges.ts'
import { daysAfter, isWithin } from '../../../billing/days.ts'
import { exchange as convert, isExactConversion } from '../../../billing/fx.ts'
import { currency, type Decimal, decimal, plainText } from '../../../billing/money.ts'
import { periodOfDay } from '../../../billing/period.ts'
import { dayOf, type InstantSpan, shareOf } from '../../../billing/prorate.ts'
import type { ParkReason } from '../../../billing/rate-line.ts'
import { rate } from '../../../billing/rate.ts'
import type { BookedRate } from '../../../billing/resolve.ts'
import { nilId } from '../../../platform/ids.ts'
import type { Exchange } from '../rating/exchange.ts'
import type { PriceBook } from '../rating/price-book.ts'
import type { NewBucket } from '../rating/queries-buckets.ts'
import { chainAt, type SoldEdge } from './input.ts'
import type { BilledRow } from './queries.ts'

/** A bucket of a charge, with the list that priced it; null where none did. */
export type ChargeBucket = {
  readonly bucket: Omit<NewBucket, 'invoiceId'>
  readonly kind: SoldEdge['kind']
  readonly priceListId: string | null
}

/** Whose charge it is, on which edge, with the seller's prices. */
type ChargePlace = {
  readonly subscriptionId: string
  readonly edge: SoldEdge
  readonly book: PriceBook
  readonly exchange: Exchange
}

/** What is given back needs no prices: it has those of its charge. */
type CreditPlace = Pick<ChargePlace, 'subscriptionId' | 'edge'>

/** The price of a charge on a day; what is charged is used in no region. */
function priceOn({ subscriptionId, edge, book }: ChargePlace, piece: ChargePiece, day: string): BookedRate | null {
  const stretches = book.resolve({
    skuId: piece.terms.chargeId,
    period: periodOfDay(day),
    currency: edge.currency,
    targetIds: [subscriptionId, edge.buyerId, piece.planVersionId],
  })
  return stretches.find((stretch) => isWithin(stretch, day))?.chosen ?? null
}

const lastDayOf = ({ to }: InstantSpan): string => (to.endsWith('T00:00:00Z') ? daysAfter(dayOf(to), -1) : dayOf(to))

type Priced = { readonly piece: ChargePiece; readonly chosen: BookedRate | null }

/**
 * In advance and once, a charge has the price of the day it begins on: what is paid is not priced anew. In arrears each day
 * has its own price, and a list that changes splits the charge (law 6).
 */
function pricedParts(place: ChargePlace, piece: ChargePiece): Priced[] {
  const first = dayOf(piece.span.from)
  const isArrears = piece.terms.kind === 'recurring' && piece.terms.timing === 'arrears'
  if (!isArrears) return [{ piece, chosen: priceOn(place, piece, first) }]
  const parts: Priced[] = []
  for (let day = first; day <= lastDayOf(piece.span); day = daysAfter(day, 1)) {
    const chosen = priceOn(place, piece, day)
    const last = parts.at(-1)
    if (last?.chosen?.rateId === chosen?.rateId && last) continue
    const from = parts.length === 0 ? piece.span.from : `${day}T00:00:00Z`
    if (last) parts[parts.length - 1] = { ...last, piece: cut(last.piece, { from: last.piece.span.from, to: from }) }
    parts.push({ piece: cut(piece, { from, to: piece.span.to }), chosen })
  }
  return parts
}

const cut = (piece: ChargePiece, span: InstantSpan): ChargePiece => ({ ...piece, span })

/** What all of a charge period costs on the edge, or why nobody can say. A foreign price is converted at its month's rate. */
type Full = { readonly amount: Decimal; readonly fxRateId: string | null } | { readonly parkedFor: ParkReason }

function fullOf({ edge, exchange }: ChargePlace, piece: ChargePiece, chosen: BookedRate | null): Full {
  if (!chosen) return { parkedFor: 'price.missing' }
  if (chosen.rate.tierScope === 'buyer') return { parkedFor: 'tier_scope.buyer' }
  const { amount } = rate(chosen.rate, decimal(piece.quantity))
  if (chosen.currency === edge.currency) return { amount, fxRateId: null }
  const fx = exchange(edge, piece.due, chosen.currency)
  if (fx?.from !== chosen.currency) return { parkedFor: 'fx.missing' }
  if (!isExactConversion(amount, decimal(fx.rate))) return { parkedFor: 'quantity.too_large' }
  return { amount: convert(amount, fx), fxRateId: fx.id }
}

/** The days that a span touches. */
const serviceDays = (span: InstantSpan) => ({
  servicePeriod: periodOfDay(dayOf(span.from)),
  serviceStart: dayOf(span.from),
  serviceEnd: daysAfter(lastDayOf(span), 1),
})

const bucketOf = ({ subscriptionId, edge }: CreditPlace, span: InstantSpan) => ({
  edgeId: edge.edgeId,
  chainId: chainAt(edge, span.from),
  subscriptionId,
  regionId: nilId,
  quantityBefore: '0',
  taxCategory: null,
  ...serviceDays(span),
})

/** A charge as buckets: one for each price it has. */
export const chargeBuckets = (place: ChargePlace, piece: ChargePiece): ChargeBucket[] =>
  pricedParts(place, piece).map((priced) => chargeBucket(place, priced))

function chargeBucket(place: ChargePlace, { piece, chosen }: Priced): ChargeBucket {
  const { edge } = place
  const terms = { skuId: piece.terms.chargeId, planVersionId: piece.planVersionId, quantity: piece.quantity }
  const bucket = { ...bucketOf(place, piece.span), ...terms, kind: piece.terms.kind }
  const full = fullOf(place, piece, chosen)
  if (!chosen || 'parkedFor' in full) {
    const parkedFor = 'parkedFor' in full ? full.parkedFor : 'price.missing'
    const waits = { rateId: null, fxRateId: null, details: null, unrounded: null, parkedFor }
    return { bucket: { ...bucket, ...waits }, kind: edge.kind, priceListId: null }
  }
  const details = detailsOf(piece, plainText(full.amount))
  const amount = {
    rateId: chosen.rateId,
    fxRateId: full.fxRateId,
    details: JSON.stringify(details),
    unrounded: plainText(amountOf(details)),
    parkedFor: null,
  }
  return { bucket: { ...bucket, ...amount }, kind: edge.kind, priceListId: chosen.priceListId }
}

function detailsOf(piece: ChargePiece, fullAmount: string): ChargeDetails {
  const unit = piece.terms.kind === 'recurring' ? piece.terms.unit : 'day'
  const { numerator, denominator } = shareOf(piece.span, piece.whole, unit)
  return {
    ...piece.span,
    periodFrom: piece.whole.from,
    periodTo: piece.whole.to,
    unit,
    numerator,
    denominator,
    fullAmount,
  }
}

/** What is given back of a line, at its price, rate of exchange and tax: on the edge where it was billed. */
export function creditBucket(place: CreditPlace, billed: BilledRow, span: InstantSpan): ChargeBucket {
  const { details: paid } = billed
  const { numerator, denominator } = shareOf(span, wholeOf(paid), paid.unit)
  const details: ChargeDetails = {
    ...paid,
    ...span,
    numerator,
    denominator,
    chargedFrom: paid.from,
    chargedTo: paid.to,
    chargedOn: billed.invoiceId,
  }
  const { chargeId: skuId, planVersionId, rateId, fxRateId, taxCategory } = billed
  return {
    bucket: {
      ...bucketOf(place, span),
      kind: 'credit',
      skuId,
      planVersionId,
      quantity: plainText(decimal(billed.quantity).negated()),
      rateId,
      fxRateId,
      taxCategory,
      details: JSON.stringify(details),
      unrounded: plainText(creditAmountOf(details, currency(place.edge.currency))),
      parkedFor: null,
    },
    kind: place.edge.kind,
    priceListId: null,
  }
}
