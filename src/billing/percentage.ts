import type { StepTerms } from './derivation.ts'
import { merged } from './derivation.ts'
import { invariant } from './errors.ts'
import { decimal, Decimal, isNegative, zero } from './money.ts'
import type { Usage } from './period-terms.ts'
import type { PercentageRate, Rate } from './rate.ts'
import { perUnitOfPercent } from './tiers.ts'

const isSome = (text: string | undefined): boolean => text !== undefined && !decimal(text).isZero()

/** True for a rate whose price depends on the single events, and not only on their sum. */
export const needsEvents = (rate: Rate): boolean =>
  rate.kind === 'percentage' &&
  (Boolean(rate.freeEvents) ||
    rate.eventMinimum !== undefined ||
    rate.eventMaximum !== undefined ||
    isSome(rate.feePerEvent))

type Charged = { readonly event: Decimal; readonly charged: Decimal }

/**
 * The events that are not wholly free, with what of each is charged. The free part ends with the free units or behind the
 * last free event, whichever comes first; one that is 0 ends nothing, and a rate that names neither has no free part.
 */
function chargedEvents(rate: PercentageRate, events: readonly Decimal[]): Charged[] {
  let free = isSome(rate.freeUnits) ? decimal(rate.freeUnits ?? '0') : undefined
  const freeEvents = rate.freeEvents || (free ? Infinity : 0)
  let total = zero
  return events.flatMap((event, index) => {
    const before = total
    total = total.plus(event)
    const mayBeFree = index < freeEvents
    if (!mayBeFree && index === freeEvents) free = free ? Decimal.min(free, before) : before
    if (mayBeFree && free === undefined) return []
    // Without a free part an event is charged for itself, also where others have taken back more than was there so far.
    const above = (quantity: Decimal) => (free?.isZero() ? quantity : Decimal.max(zero, quantity.minus(free ?? zero)))
    const charged = above(total).minus(above(before))
    const isFree = mayBeFree && charged.isZero() && total.lessThanOrEqualTo(free ?? zero)
    return isFree ? [] : [{ event, charged }]
  })
}

const step = (kind: StepTerms['kind'], quantity: Decimal, unitPrice: Decimal, from = zero): StepTerms => ({
  kind,
  from,
  upTo: null,
  quantity,
  unitPrice,
  flatFee: zero,
})

/** A negative event takes back what one of its size was charged. */
function eventTerms(rate: PercentageRate, { event, charged }: Charged): StepTerms[] {
  const unitPrice = perUnitOfPercent(rate.percent)
  const one = new Decimal(isNegative(event) ? -1 : 1)
  const fee = rate.feePerEvent === undefined ? [] : [step('event_fee', one, decimal(rate.feePerEvent))]
  const amount = charged.abs().times(unitPrice)
  if (rate.eventMinimum !== undefined && amount.lessThan(rate.eventMinimum))
    return [step('event_minimum', one, decimal(rate.eventMinimum)), ...fee]
  if (rate.eventMaximum !== undefined && amount.greaterThan(rate.eventMaximum))
    return [step('event_maximum', one, decimal(rate.eventMaximum)), ...fee]
  return [step('percentage', charged, unitPrice, decimal(rate.freeUnits ?? '0')), ...fee]
}

/** F(q) of a percentage for a quantity of 0 or more; events of the same treatment are one step. */
export function percentageTerms(rate: PercentageRate, { quantity, events }: Usage): StepTerms[] {
  if (needsEvents(rate)) {
    invariant(events, 'a rate that looks at events is given them')
    return merged(chargedEvents(rate, events).flatMap((charged) => eventTerms(rate, charged)))
  }
  const free = decimal(rate.freeUnits ?? '0')
  const charged = Decimal.max(zero, quantity.minus(free))
  return [step('percentage', charged, perUnitOfPercent(rate.percent), free)]
}
