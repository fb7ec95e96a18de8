import type { PeriodTerms } from './period-terms.ts'
import type { PercentageRate, Rate } from './rate.ts'
import type { PercentTier, Tier } from './tiers.ts'

/**
 * What an amount of a rate is paid for: `price` for what is used (a unit, a package, the flat amount), `fee` once beside
 * it, as bounds of what an event or a period comes to are, and a share of the value, to which no amount can be added. A
 * percentage changes both, an added amount the price alone.
 */
type AmountRole = 'price' | 'fee'

/** Where an amount stands in its rate, as a JSON pointer, and what it is paid for. */
type AmountPlace = { readonly pointer: string; readonly role: AmountRole }

/** Gives an amount, decimal text, its new value. */
type AmountChange = (amount: string, place: AmountPlace) => string

const changedFee = (flatFee: string | undefined, index: number, change: AmountChange) =>
  flatFee === undefined ? {} : { flatFee: change(flatFee, { pointer: `/tiers/${index}/flatFee`, role: 'fee' }) }

const changedTiers = (tiers: readonly Tier[], change: AmountChange): Tier[] =>
  tiers.map((tier, index) => ({
    ...tier,
    unitPrice: change(tier.unitPrice, { pointer: `/tiers/${index}/unitPrice`, role: 'price' }),
    ...changedFee(tier.flatFee, index, change),
  }))

const changedPercentTiers = (tiers: readonly PercentTier[], change: AmountChange): PercentTier[] =>
  tiers.map((tier, index) => ({
    ...tier,
    percent: change(tier.percent, { pointer: `/tiers/${index}/percent`, role: 'fee' }),
    ...changedFee(tier.flatFee, index, change),
  }))

/** The named fields of the rate that are set, changed as fees. */
function changedFees<K extends string>(
  rate: { readonly [name in K]?: string },
  names: readonly K[],
  change: AmountChange,
): { [name in K]?: string } {
  const changed: { [name in K]?: string } = {}
  for (const name of names) {
    const amount = rate[name]
    if (amount !== undefined) changed[name] = change(amount, { pointer: `/${name}`, role: 'fee' })
  }
  return changed
}

const changedPercentage = (rate: PercentageRate, change: AmountChange): PercentageRate => ({
  ...rate,
  percent: change(rate.percent, { pointer: '/percent', role: 'fee' }),
  ...changedFees(rate, ['feePerEvent', 'eventMinimum', 'eventMaximum'], change),
})

function changedKind(rate: Rate, change: AmountChange): Rate {
  if (rate.kind === 'flat') return { ...rate, amount: change(rate.amount, { pointer: '/amount', role: 'price' }) }
  if (rate.kind === 'per_unit')
    return { ...rate, unitPrice: change(rate.unitPrice, { pointer: '/unitPrice', role: 'price' }) }
  if (rate.kind === 'package') return { ...rate, price: change(rate.price, { pointer: '/price', role: 'price' }) }
  if (rate.kind === 'percentage') return changedPercentage(rate, change)
  if (rate.kind === 'graduated_percentage') return { ...rate, tiers: changedPercentTiers(rate.tiers, change) }
  return { ...rate, tiers: changedTiers(rate.tiers, change) }
}

/** The same rate with every amount of it changed. Bounds, sizes, included and free units are quantities: they stay. */
export function mapAmounts(rate: Rate, change: AmountChange): Rate {
  const terms: PeriodTerms = changedFees(rate, ['minimum', 'maximum'], change)
  return { ...changedKind(rate, change), ...terms }
}

/** Every amount of a rate with its place, in the order of the rate. */
export function amountsOf(rate: Rate): (AmountPlace & { readonly amount: string })[] {
  const found: (AmountPlace & { readonly amount: string })[] = []
  mapAmounts(rate, (amount, place) => {
    found.push({ ...place, amount })
    return amount
  })
  return found
}
