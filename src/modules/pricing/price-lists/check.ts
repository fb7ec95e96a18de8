import { checkRate } from '../../../billing/check-rate.ts'
import { day } from '../../../billing/days.ts'
import { currency } from '../../../billing/money.ts'
import type { Rate } from '../../../billing/rate.ts'
import { invalidField } from '../../../platform/errors.ts'
import { checkedInput, checkedItems } from '../../billing-errors.ts'
import type { NewPriceList } from './model.ts'

type RateInput = Parameters<typeof checkRate>[0]

/** Checks the numbers and tiers of the rates that stand at `pointer`. @throws DomainError 422 that points at each faulty one. */
export const checkRates = (rates: readonly { readonly rate: RateInput }[], pointer: string): Rate[] =>
  checkedItems(rates, ({ rate }, index) => checkRate(rate, `${pointer}/${index}/rate`))

/** Checks a day that a caller wrote. @throws DomainError 422 at `pointer` for a day that no calendar has. */
export const checkDay = (text: string, pointer: string): string => checkedInput(() => day(text, pointer))

/**
 * Checks of a list what needs no database: days, currency, and who may have it.
 * @throws DomainError 422 with the pointer of the faulty field.
 */
export function checkListFrame(input: NewPriceList, isPlatform: boolean): void {
  checkedInput(() => currency(input.currency, '/currency'))
  checkDay(input.validFrom, '/validFrom')
  if (input.validTo !== undefined && checkDay(input.validTo, '/validTo') <= input.validFrom) {
    throw invalidField('/validTo', 'range.empty', 'must be after validFrom')
  }
  if (input.kind !== 'cost') return
  if (!isPlatform) throw invalidField('/kind', 'pricing.platform_only', 'only the platform has cost lists')
  if (input.scope === 'buyer' || input.scope === 'subscription') {
    throw invalidField('/scope', 'pricing.cost_scope', 'a cost list is for no buyer')
  }
}
