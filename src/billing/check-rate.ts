import { BillingError } from './errors.ts'
import { boundedNonNegative, decimal, plainText } from './money.ts'
import { needsEvents } from './percentage.ts'
import type { PeriodTerms } from './period-terms.ts'
import type { PackageRate, PercentageRate, Rate, TierScope } from './rate.ts'
import { checkPercentTiers, checkTiers, type PercentTierInput, type TierInput } from './tiers.ts'

type CommonInput = {
  readonly tierScope?: TierScope | undefined
  readonly includedQuantity?: string | undefined
  readonly minimum?: string | undefined
  readonly maximum?: string | undefined
}
type Tiered<T> = CommonInput & { readonly tiers: readonly T[]; readonly feeAtZero?: boolean | undefined }

/** A rate as a caller writes it: the shape is known, the numbers are not checked yet. */
export type RateInput =
  | (CommonInput & { readonly kind: 'flat'; readonly amount: string })
  | (CommonInput & { readonly kind: 'per_unit'; readonly unitPrice: string })
  | (Tiered<TierInput> & { readonly kind: 'graduated' })
  | (Tiered<TierInput> & { readonly kind: 'volume' })
  | (Tiered<PercentTierInput> & { readonly kind: 'graduated_percentage' })
  | (CommonInput & {
      readonly kind: 'package'
      readonly size: string
      readonly price: string
      readonly freeUnits?: string | undefined
      readonly rounding?: 'up' | 'down' | undefined
    })
  | (CommonInput & {
      readonly kind: 'percentage'
      readonly percent: string
      readonly feePerEvent?: string | undefined
      readonly freeUnits?: string | undefined
      readonly freeEvents?: number | undefined
      readonly eventMinimum?: string | undefined
      readonly eventMaximum?: string | undefined
    })

const plain = (text: string, at: string): string => plainText(boundedNonNegative(text, at))

/** The named fields that were given, each checked. */
function plainFields<K extends string>(
  input: { readonly [name in K]?: string | undefined },
  names: readonly K[],
  at: string,
): { [name in K]?: string } {
  const checked: { [name in K]?: string } = {}
  for (const name of names) {
    const text = input[name]
    if (text !== undefined) checked[name] = plain(text, `${at}/${name}`)
  }
  return checked
}

function assertOrdered(least: string | undefined, most: string | undefined, code: string, at: string): void {
  if (least === undefined || most === undefined || !decimal(least).greaterThan(most)) return
  throw new BillingError(code, 'must not be above the maximum', at)
}

function checkPackage(input: RateInput & { kind: 'package' }, at: string): PackageRate {
  const size = plain(input.size, `${at}/size`)
  if (size === '0') throw new BillingError('rate.size_zero', 'must be above zero', `${at}/size`)
  return {
    kind: 'package',
    size,
    price: plain(input.price, `${at}/price`),
    ...plainFields(input, ['freeUnits'], at),
    ...(input.rounding && { rounding: input.rounding }),
  }
}

const freeEventsMax = 1_000_000_000

function checkPercentage(input: RateInput & { kind: 'percentage' }, at: string): PercentageRate {
  const { freeEvents } = input
  if (freeEvents !== undefined && !(Number.isInteger(freeEvents) && freeEvents >= 0 && freeEvents <= freeEventsMax))
    throw new BillingError('rate.free_events', 'must be a whole number, not negative', `${at}/freeEvents`)
  const percent = plain(input.percent, `${at}/percent`)
  const fields = plainFields(input, ['feePerEvent', 'freeUnits', 'eventMinimum', 'eventMaximum'], at)
  assertOrdered(fields.eventMinimum, fields.eventMaximum, 'rate.event_minimum_above_maximum', `${at}/eventMinimum`)
  return { kind: 'percentage', percent, ...fields, ...(freeEvents !== undefined && { freeEvents }) }
}

function checkKind(input: RateInput, at: string): Rate {
  if (input.kind === 'flat') return { kind: 'flat', amount: plain(input.amount, `${at}/amount`) }
  if (input.kind === 'per_unit') return { kind: 'per_unit', unitPrice: plain(input.unitPrice, `${at}/unitPrice`) }
  if (input.kind === 'package') return checkPackage(input, at)
  if (input.kind === 'percentage') return checkPercentage(input, at)
  const feeAtZero = input.feeAtZero ? { feeAtZero: true } : {}
  if (input.kind === 'graduated_percentage')
    return { kind: input.kind, tiers: checkPercentTiers(input.tiers, `${at}/tiers`), ...feeAtZero }
  return { kind: input.kind, tiers: checkTiers(input.tiers, `${at}/tiers`), ...feeAtZero }
}

function checkTerms(input: CommonInput, at: string): PeriodTerms {
  const terms = plainFields(input, ['includedQuantity', 'minimum', 'maximum'], at)
  assertOrdered(terms.minimum, terms.maximum, 'rate.minimum_above_maximum', `${at}/minimum`)
  return terms
}

/** What all of a buyer's subscriptions are priced by together can't look at one of them, or at single events. */
function assertPoolable(rate: Rate, at: string): void {
  const refuse = (field: string) => {
    throw new BillingError('rate.not_per_buyer', 'counts per subscription, not per buyer', `${at}/${field}`)
  }
  if (rate.minimum !== undefined) refuse('minimum')
  if (needsEvents(rate)) refuse('tierScope')
}

/**
 * Makes a rate out of what a caller sent: every number plain, not negative and within 12 fraction digits and 38 digits,
 * every tier table whole, no minimum above its maximum. Checking a checked rate changes nothing.
 * @throws BillingError with the pointer of the first faulty field below `at`.
 */
export function checkRate(input: RateInput, at = ''): Rate {
  const rate = { ...checkKind(input, at), ...checkTerms(input, at) }
  if (input.tierScope === 'buyer') assertPoolable(rate, at)
  return input.tierScope ? { ...rate, tierScope: input.tierScope } : rate
}
