import { BillingError } from './errors.ts'
import { boundedNonNegative, plainText } from './money.ts'
import type { PackageRate, Rate, TierScope } from './rate.ts'
import { checkTiers, type TierInput } from './tiers.ts'

type ScopedInput = { readonly tierScope?: TierScope | undefined }
type TieredInput = ScopedInput & { readonly tiers: readonly TierInput[]; readonly feeAtZero?: boolean | undefined }

/** A rate as a caller writes it: the shape is known, the numbers are not checked yet. */
export type RateInput =
  | (ScopedInput & { readonly kind: 'flat'; readonly amount: string })
  | (ScopedInput & { readonly kind: 'per_unit'; readonly unitPrice: string })
  | (TieredInput & { readonly kind: 'graduated' })
  | (TieredInput & { readonly kind: 'volume' })
  | (ScopedInput & {
      readonly kind: 'package'
      readonly size: string
      readonly price: string
      readonly freeUnits?: string | undefined
      readonly rounding?: 'up' | 'down' | undefined
    })

const plain = (text: string, at: string): string => plainText(boundedNonNegative(text, at))

function checkPackage(input: RateInput & { kind: 'package' }, at: string): PackageRate {
  const size = plain(input.size, `${at}/size`)
  if (size === '0') throw new BillingError('rate.size_zero', 'must be above zero', `${at}/size`)
  return {
    kind: 'package',
    size,
    price: plain(input.price, `${at}/price`),
    ...(input.freeUnits !== undefined && { freeUnits: plain(input.freeUnits, `${at}/freeUnits`) }),
    ...(input.rounding && { rounding: input.rounding }),
  }
}

function checkKind(input: RateInput, at: string): Rate {
  if (input.kind === 'flat') return { kind: 'flat', amount: plain(input.amount, `${at}/amount`) }
  if (input.kind === 'per_unit') return { kind: 'per_unit', unitPrice: plain(input.unitPrice, `${at}/unitPrice`) }
  if (input.kind === 'package') return checkPackage(input, at)
  const tiers = checkTiers(input.tiers, `${at}/tiers`)
  return { kind: input.kind, tiers, ...(input.feeAtZero && { feeAtZero: true }) }
}

/**
 * Makes a rate out of what a caller sent: every number plain, not negative and within 12 fraction digits and 38 digits,
 * every tier table whole. Checking a checked rate changes nothing.
 * @throws BillingError with the pointer of the first faulty field below `at`.
 */
export function checkRate(input: RateInput, at = ''): Rate {
  const rate = checkKind(input, at)
  return input.tierScope ? { ...rate, tierScope: input.tierScope } : rate
}
