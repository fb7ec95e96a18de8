import type { Rate } from './rate.ts'
import type { Tier } from './tiers.ts'

/**
 * What an amount of a rate is paid for: `price` for what is used (a unit, a package, the flat amount), `fee` once beside
 * it. A percentage changes both, an added amount the price alone.
 */
export type AmountRole = 'price' | 'fee'

/** Where an amount stands in its rate, as a JSON pointer, and what it is paid for. */
export type AmountPlace = { readonly pointer: string; readonly role: AmountRole }

/** Gives an amount, decimal text, its new value. */
export type AmountChange = (amount: string, place: AmountPlace) => string

const changedTiers = (tiers: readonly Tier[], change: AmountChange): Tier[] =>
  tiers.map((tier, index) => ({
    ...tier,
    unitPrice: change(tier.unitPrice, { pointer: `/tiers/${index}/unitPrice`, role: 'price' }),
    ...(tier.flatFee !== undefined && {
      flatFee: change(tier.flatFee, { pointer: `/tiers/${index}/flatFee`, role: 'fee' }),
    }),
  }))

/** The same rate with every amount of it changed. Bounds, sizes and free units are quantities: they stay. */
export function mapAmounts(rate: Rate, change: AmountChange): Rate {
  if (rate.kind === 'flat') return { ...rate, amount: change(rate.amount, { pointer: '/amount', role: 'price' }) }
  if (rate.kind === 'per_unit')
    return { ...rate, unitPrice: change(rate.unitPrice, { pointer: '/unitPrice', role: 'price' }) }
  if (rate.kind === 'package') return { ...rate, price: change(rate.price, { pointer: '/price', role: 'price' }) }
  return { ...rate, tiers: changedTiers(rate.tiers, change) }
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
