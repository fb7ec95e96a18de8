import { Decimal, decimal, plainText } from '../../../billing/money.ts'
import type { FocusRow } from './focus.ts'

/** The quantity column that was taken, and why. */
export type FocusQuantity = {
  readonly column: 'PricingQuantity' | 'ConsumedQuantity'
  readonly reason:
    'list_cost_matches' | 'only_this_matches_list_cost' | 'list_cost_matches_neither' | 'list_cost_unknown'
  readonly quantity: string | undefined
  readonly unit: string | undefined
}

/** Half a unit of the 10th decimal, to which providers print ListCost. */
const tolerance = decimal('0.00000000005')

const plain = /^-?\d{1,40}(\.\d{1,40})?$/
const scientific = /^-?\d{1,40}(\.\d{1,40})?[eE][+-]?\d{1,2}$/

/** FOCUS numbers may be in E notation, ours may not: the same number in plain digits. Other text stays as it is. */
const plainNumber = (text: string | undefined): string | undefined =>
  text !== undefined && scientific.test(text) ? plainText(new Decimal(text)) : text

const asDecimal = (text: string | undefined): Decimal | undefined =>
  text !== undefined && plain.test(text) ? decimal(text) : undefined

/**
 * Decides from the row itself which quantity its list price is for. FOCUS defines PricingQuantity so that it times the
 * unit price is the cost; some providers count blocks there (millions of requests) and price the consumed quantity. So
 * PricingQuantity it is, unless ListCost disproves it and at the same time proves ConsumedQuantity.
 */
export function chooseQuantity(row: FocusRow): FocusQuantity {
  const pricing = plainNumber(row('PricingQuantity'))
  const consumed = plainNumber(row('ConsumedQuantity'))
  const price = asDecimal(plainNumber(row('ListUnitPrice')))
  const cost = asDecimal(plainNumber(row('ListCost')))
  const matches = (quantity: string | undefined): boolean => {
    const units = asDecimal(quantity)
    return !!units && !!price && !!cost && units.times(price).minus(cost).abs().lte(tolerance)
  }
  const byPricing = { column: 'PricingQuantity', quantity: pricing, unit: row('PricingUnit') } as const
  if (!price || !cost) return { ...byPricing, reason: 'list_cost_unknown' }
  if (matches(pricing)) return { ...byPricing, reason: 'list_cost_matches' }
  if (!matches(consumed)) return { ...byPricing, reason: 'list_cost_matches_neither' }
  return {
    column: 'ConsumedQuantity',
    reason: 'only_this_matches_list_cost',
    quantity: consumed,
    unit: row('ConsumedUnit'),
  }
}
