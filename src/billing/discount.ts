import { allocate } from './allocate.ts'
import { BillingError } from './errors.ts'
import {
  amountText,
  boundedNonNegative,
  decimal,
  Decimal,
  minorDigits,
  plainText,
  roundToMinor,
  sum,
  zero,
  type Currency,
} from './money.ts'

/** What a discount is on: the whole document of a buyer, or the lines of a subscription or SKU. */
export const discountScopes = ['buyer', 'subscription', 'sku'] as const
export type DiscountScope = (typeof discountScopes)[number]

/** A share in percent, an amount of the document's currency, or units that are not charged. */
export const discountKinds = ['percent', 'amount', 'free_quantity'] as const
export type DiscountKind = (typeof discountKinds)[number]

/** A discount as it takes part in one document. Decimals are text; without a limit `available` is null. */
export type Discount = {
  readonly id: string
  readonly scope: DiscountScope
  readonly subscriptionId: string | null
  readonly skuId: string | null
  readonly kind: DiscountKind
  readonly value: string
  readonly validFrom: string
  readonly validTo: string | null
  /** What is left of its limit for this document. */
  readonly available: string | null
}

/** A rounded line that may be discounted. */
export type DiscountableLine = {
  readonly line: number
  readonly subscriptionId: string
  readonly skuId: string
  readonly serviceEnd: string
  readonly quantity: string
  readonly net: string
}

/** What one discount takes from one line, in minor units; `base` is what was left of the line before it. */
export type Reduction = {
  readonly discountId: string
  readonly line: number
  readonly base: string
  readonly amount: string
}

/**
 * Checks kind and value of a discount that came from outside.
 * @throws BillingError `decimal.…`, `percent.over_100`, `discount.zero`, `discount.digits` or `discount.scope` at its field.
 */
export function checkDiscount(
  { scope, kind, value }: { readonly scope: DiscountScope; readonly kind: DiscountKind; readonly value: string },
  currency: Currency,
): string {
  const number = boundedNonNegative(value, '/value')
  if (number.isZero()) throw new BillingError('discount.zero', 'must be above zero', '/value')
  if (kind === 'percent' && number.greaterThan(100))
    throw new BillingError('percent.over_100', 'must not be over 100', '/value')
  if (kind === 'amount' && number.decimalPlaces() > minorDigits(currency))
    throw new BillingError('discount.digits', 'must have no more digits than the currency', '/value')
  if (kind === 'free_quantity' && scope === 'buyer')
    throw new BillingError('discount.scope', 'free units are of a SKU or a subscription', '/scope')
  return plainText(number)
}

const kindOrder: readonly DiscountKind[] = ['free_quantity', 'percent', 'amount']

/**
 * The order in which discounts apply (design section 5 rule 8): those of lines before those of the document; at each, free
 * units, then percents, one after the other on what is left, then amounts; the older ones first.
 */
export const inOrder = <T extends Pick<Discount, 'id' | 'scope' | 'kind'>>(discounts: readonly T[]): T[] => {
  const key = (one: T): string => `${one.scope === 'buyer' ? 1 : 0} ${kindOrder.indexOf(one.kind)} ${one.id}`
  return discounts.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** A discount is for a line when it is valid on the last day of the line's service. */
const isFor = (discount: Discount, line: DiscountableLine): boolean =>
  discount.validFrom < line.serviceEnd &&
  (discount.validTo === null || line.serviceEnd <= discount.validTo) &&
  (discount.scope !== 'subscription' || discount.subscriptionId === line.subscriptionId) &&
  (discount.scope !== 'sku' || discount.skuId === line.skuId) &&
  (discount.subscriptionId === null || discount.subscriptionId === line.subscriptionId) &&
  (discount.skuId === null || discount.skuId === line.skuId)

type Rest = { readonly line: DiscountableLine; rest: Decimal }

/**
 * Reduces the lines of a document, never below zero and never by more than a discount has left. What a document's discount
 * takes is rounded once and split over the lines by what is left of them (largest remainder). Lines that owe nothing, such
 * as credits, are not discounted.
 */
export function applyDiscounts(
  lines: readonly DiscountableLine[],
  discounts: readonly Discount[],
  currency: Currency,
): Reduction[] {
  const rests = lines.map((line): Rest => ({ line, rest: decimal(line.net) }))
  return inOrder(discounts).flatMap((discount) => {
    const open = rests.filter(({ line, rest }) => rest.greaterThan(0) && isFor(discount, line))
    if (open.length === 0) return []
    const shares = sharesOf(discount, open, currency)
    return open.flatMap((one, index) => {
      const share = shares[index] ?? zero
      if (share.isZero()) return []
      const base = amountText(one.rest, currency)
      one.rest = one.rest.minus(share)
      return [{ discountId: discount.id, line: one.line.line, base, amount: amountText(share, currency) }]
    })
  })
}

function sharesOf(discount: Discount, open: readonly Rest[], currency: Currency): Decimal[] {
  const wanted = wantedOf(discount, open, currency)
  const total = sum(wanted)
  const available = discount.available === null ? total : decimal(discount.available)
  if (total.lessThanOrEqualTo(available)) return wanted
  return available.greaterThan(0)
    ? allocate(roundToMinor(available, currency), wanted, currency)
    : wanted.map(() => zero)
}

function wantedOf({ kind, scope, value }: Discount, open: readonly Rest[], currency: Currency): Decimal[] {
  const weights = open.map(({ rest }) => rest)
  const number = decimal(value)
  if (kind === 'amount') return allocate(Decimal.min(number, sum(weights)), weights, currency)
  if (kind === 'free_quantity') return freeShares(number, open, currency)
  const ofPercent = (rest: Decimal): Decimal => roundToMinor(rest.times(number).dividedBy(100), currency)
  return scope === 'buyer' ? allocate(ofPercent(sum(weights)), weights, currency) : weights.map(ofPercent)
}

/** Free units go to the lines in their order; a unit is worth what the line asks for it on average. */
function freeShares(units: Decimal, open: readonly Rest[], currency: Currency): Decimal[] {
  let left = units
  return open.map(({ line, rest }) => {
    const quantity = decimal(line.quantity)
    if (!quantity.greaterThan(0)) return zero
    const free = Decimal.min(left, quantity)
    left = left.minus(free)
    return Decimal.min(rest, roundToMinor(rest.times(free).dividedBy(quantity), currency))
  })
}
