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

/** What a discount is on: the whole document of a buyer, the lines of a subscription or SKU, or what one resource used of them. */
export const discountScopes = ['buyer', 'subscription', 'sku', 'resource'] as const
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
  readonly resource: string | null
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
  /** What of the quantity each resource used that a discount names; of lines that are sums of usage. */
  readonly used?: ReadonlyMap<string, string>
}

/** What one resource has of a line: `used` of `quantity`, and what was left of its share before a discount. */
export type ResourceShare = {
  readonly resource: string
  readonly used: string
  readonly quantity: string
  readonly left: string
}

/** What one discount takes from one line, in minor units; `base` is what was left of the line before it. */
export type Reduction = {
  readonly discountId: string
  readonly line: number
  readonly base: string
  readonly amount: string
  readonly share?: ResourceShare
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
 * The order in which discounts apply (law 8): those of lines before those of the document; at each, free units, then
 * percents, one after the other on what is left, then amounts; the older ones first.
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

/** A line with what is left of it, and of the shares that named resources have of it. */
type Rest = { readonly line: DiscountableLine; rest: Decimal; readonly shares: Map<string, Decimal> }

/** What a resource used of a line's quantity: not less than nothing, and not more than all of it. */
function usedOf({ quantity, used }: DiscountableLine, resource: string): Decimal {
  const most = decimal(quantity)
  if (!most.greaterThan(0)) return zero
  return Decimal.max(zero, Decimal.min(most, decimal(used?.get(resource) ?? '0')))
}

function openRest(line: DiscountableLine, resources: readonly string[]): Rest {
  const net = decimal(line.net)
  const shareOf = (resource: string): Decimal => {
    const used = usedOf(line, resource)
    return used.isZero() ? zero : net.times(used).dividedBy(line.quantity)
  }
  return { line, rest: net, shares: new Map(resources.map((resource) => [resource, shareOf(resource)])) }
}

/** What is left for a discount: of the line, or of what its resource has of it. */
const leftFor = ({ resource }: Discount, { rest, shares }: Rest): Decimal =>
  resource === null ? rest : Decimal.min(rest, shares.get(resource) ?? zero)

/** Takes from the share of the discount's resource; what is taken from a whole line is taken from all shares alike. */
function take(one: Rest, { resource }: Discount, amount: Decimal): void {
  const left = one.rest.minus(amount)
  for (const [name, share] of one.shares) {
    const next =
      resource === null ? share.times(left).dividedBy(one.rest) : share.minus(name === resource ? amount : zero)
    one.shares.set(name, Decimal.max(zero, next))
  }
  one.rest = left
}

/**
 * Reduces the lines of a document, never below zero and never by more than a discount has left. What a document's discount
 * takes is rounded once and split over the lines by what is left of them (largest remainder). A resource has of a line the
 * share that it used of the quantity. Lines that give back are left alone: `giveUp` says what they give back.
 */
export function applyDiscounts(
  lines: readonly DiscountableLine[],
  discounts: readonly Discount[],
  currency: Currency,
): Reduction[] {
  const resources = [...new Set(discounts.flatMap(({ resource }) => resource ?? []))]
  const rests = lines.map((line) => openRest(line, resources))
  return inOrder(discounts).flatMap((discount) => {
    const open = rests.filter((one) => leftFor(discount, one).greaterThan(0) && isFor(discount, one.line))
    return reduce(discount, open, currency)
  })
}

function reduce(discount: Discount, open: readonly Rest[], currency: Currency): Reduction[] {
  if (open.length === 0) return []
  const shares = sharesOf(discount, open, currency)
  return open.flatMap((one, index) => {
    const share = shares[index] ?? zero
    if (share.isZero()) return []
    const reduction = reductionOf(discount, one, share, currency)
    take(one, discount, share)
    return [reduction]
  })
}

/** So many digits of a share are told; it is computed with all. */
export const toldDigits = 12

function reductionOf(discount: Discount, one: Rest, amount: Decimal, currency: Currency): Reduction {
  const { line, rest } = one
  const texts = { base: amountText(rest, currency), amount: amountText(amount, currency) }
  const reduction = { discountId: discount.id, line: line.line, ...texts }
  if (discount.resource === null) return reduction
  const { resource } = discount
  const left = plainText(leftFor(discount, one).toDecimalPlaces(toldDigits))
  return { ...reduction, share: { resource, used: plainText(usedOf(line, resource)), quantity: line.quantity, left } }
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

function wantedOf(discount: Discount, open: readonly Rest[], currency: Currency): Decimal[] {
  const { kind, scope, value } = discount
  const left = open.map((one) => leftFor(discount, one))
  const number = decimal(value)
  if (kind === 'free_quantity') return freeShares(discount, open, currency)
  if (kind === 'amount') {
    const weights = left.map((one) => roundToMinor(one, currency))
    const total = Decimal.min(number, sum(weights))
    return total.isZero() ? weights : allocate(total, weights, currency)
  }
  const ofPercent = (rest: Decimal): Decimal => roundToMinor(rest.times(number).dividedBy(100), currency)
  return scope === 'buyer' ? allocate(ofPercent(sum(left)), left, currency) : left.map(ofPercent)
}

/** Free units go to the lines in their order; a unit is worth what the line, or the share of its resource, asks for it on average. */
function freeShares(discount: Discount, open: readonly Rest[], currency: Currency): Decimal[] {
  const { resource } = discount
  let units = decimal(discount.value)
  return open.map((one) => {
    const quantity = resource === null ? decimal(one.line.quantity) : usedOf(one.line, resource)
    if (!quantity.greaterThan(0)) return zero
    const free = Decimal.min(units, quantity)
    units = units.minus(free)
    return Decimal.min(one.rest, roundToMinor(leftFor(discount, one).times(free).dividedBy(quantity), currency))
  })
}
