import { BillingError, invariant } from './errors.ts'
import { isNegative, roundToMinor, sum, zero, type Currency, type Decimal } from './money.ts'

const exactDigits = 80

/**
 * Converts an unrounded amount at a pinned rate, exactly and unrounded: one unit of the amount's currency is `rate` units
 * of the other (law 10).
 * @throws BillingError `fx.rate_invalid` unless the rate is above zero.
 */
export function convert(amount: Decimal, rate: Decimal): Decimal {
  if (rate.isZero() || isNegative(rate)) throw new BillingError('fx.rate_invalid', 'must be above zero', '/rate')
  invariant(amount.precision() + rate.precision() <= exactDigits, 'a conversion fits into exact digits')
  return amount.times(rate)
}

/** A line's figure in the reporting currency: converted at the pinned rate and rounded; null stays unknown (law 3). */
export const inReporting = (amount: Decimal | null, rate: Decimal | null, reporting: Currency): Decimal | null =>
  amount === null || rate === null ? null : roundToMinor(convert(amount, rate), reporting)

/** The rounded totals of one tenant's usage down its chain, in one currency; null is unknown, never 0. */
type Cascade = {
  /** What the platform pays its suppliers, by its cost list. */
  readonly platformCost: Decimal | null
  /** The edges from the platform down; the last one is the tenant's. */
  readonly edges: readonly { readonly sellerId: string; readonly total: Decimal | null }[]
}

/** What each seller keeps; `sum` is tenant total - platform cost. */
type Waterfall = {
  readonly tenantTotal: Decimal | null
  readonly platformCost: Decimal | null
  readonly margins: readonly { readonly sellerId: string; readonly margin: Decimal | null }[]
  readonly sum: Decimal | null
}

const difference = (sale: Decimal | null, cost: Decimal | null): Decimal | null =>
  sale === null || cost === null ? null : sale.minus(cost)

/** Each seller's margin is the difference of rounded totals: what it sells for less what it buys for (law 3). */
export function waterfall({ platformCost, edges }: Cascade): Waterfall {
  let cost = platformCost
  const margins = edges.map(({ sellerId, total }) => {
    const margin = difference(total, cost)
    cost = total
    return { sellerId, margin }
  })
  const tenantTotal = edges.at(-1)?.total ?? null
  return { tenantTotal, platformCost, margins, sum: difference(tenantTotal, platformCost) }
}

/**
 * The equation tenant total - platform cost = sum of margins: what is missing, 0 when it holds, null when a figure is
 * unknown.
 */
export function waterfallGap({ margins, sum: whole }: Waterfall): Decimal | null {
  if (whole === null || margins.some(({ margin }) => margin === null)) return null
  return whole.minus(sum(margins.map(({ margin }) => margin ?? zero)))
}

/** What one seller sold and bought of the same usage, in one currency; null is unknown or not to be seen. */
export type Trade = { readonly sellerId: string; readonly sold: Decimal | null; readonly bought: Decimal | null }

/** The trades of one or many chains, the platform's first, with the two ends that they must explain. */
type Trades = {
  readonly platformCost: Decimal | null
  readonly tenantTotal: Decimal | null
  readonly trades: readonly Trade[]
}

const added = (a: Decimal | null, b: Decimal | null): Decimal | null => (a === null || b === null ? null : a.plus(b))

/**
 * Adds the cascades of many chains up, seller by seller: what is unknown in one of them is unknown in the sum. The waterfall of
 * a month does the same in SQL.
 */
export function tradesOf(cascades: readonly Cascade[]): Trades {
  const bySeller = new Map<string, Trade>()
  for (const { platformCost, edges } of cascades) {
    let cost = platformCost
    for (const { sellerId, total } of edges) {
      const known = bySeller.get(sellerId) ?? { sellerId, sold: zero, bought: zero }
      bySeller.set(sellerId, { sellerId, sold: added(known.sold, total), bought: added(known.bought, cost) })
      cost = total
    }
  }
  const whole = (figures: readonly (Decimal | null)[]) => figures.reduce<Decimal | null>(added, zero)
  return {
    platformCost: whole(cascades.map(({ platformCost }) => platformCost)),
    tenantTotal: whole(cascades.map(({ edges }) => edges.at(-1)?.total ?? null)),
    trades: [...bySeller.values()],
  }
}

/** Each seller keeps what it sold less what it bought; the margins add up to tenant total - platform cost (law 3). */
export const waterfallOfTrades = ({ platformCost, tenantTotal, trades }: Trades): Waterfall => ({
  tenantTotal,
  platformCost,
  margins: trades.map(({ sellerId, sold, bought }) => ({ sellerId, margin: difference(sold, bought) })),
  sum: difference(tenantTotal, platformCost),
})

/** What documents changed afterwards on an edge, credits below zero; null where it can't be told. */
export type Adjustment = {
  readonly sellerId: string
  readonly buyerId: string
  readonly isToTenant: boolean
  readonly net: Decimal | null
}

/**
 * The trades with what was changed afterwards: what is credited on an edge its seller sold for less, and its buyer bought for
 * less. So the equation holds after credit notes as it held before.
 */
export function tradesAfter({ platformCost, tenantTotal, trades }: Trades, adjustments: readonly Adjustment[]): Trades {
  const total = (some: readonly Adjustment[]) => some.map(({ net }) => net).reduce<Decimal | null>(added, zero)
  return {
    platformCost,
    tenantTotal: added(tenantTotal, total(adjustments.filter(({ isToTenant }) => isToTenant))),
    trades: trades.map(({ sellerId, sold, bought }) => ({
      sellerId,
      sold: added(sold, total(adjustments.filter((one) => one.sellerId === sellerId))),
      bought: added(bought, total(adjustments.filter((one) => one.buyerId === sellerId))),
    })),
  }
}
