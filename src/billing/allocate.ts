import { invariant } from './errors.ts'
import { Decimal, minorDigits, type Currency } from './money.ts'

const unitsOf = (value: Decimal, digits: number): bigint => BigInt(value.toFixed(digits).replace('.', ''))
const fromUnits = (units: bigint, digits: number): Decimal => new Decimal(`${units}e-${digits}`)

const floorDivide = (dividend: bigint, divisor: bigint): bigint =>
  dividend / divisor - (dividend % divisor < 0n ? 1n : 0n)

const asWholeNumbers = (weights: readonly Decimal[]): bigint[] => {
  const digits = Math.max(0, ...weights.map((weight) => weight.decimalPlaces()))
  return weights.map((weight) => unitsOf(weight, digits))
}

/** Weights that add up to a positive number; where there is nothing to weigh by, all weigh the same. */
const positiveWeights = (weights: readonly Decimal[]): { weights: bigint[]; whole: bigint } => {
  const given = asWholeNumbers(weights)
  const whole = given.reduce((total, weight) => total + weight, 0n)
  if (whole === 0n) return { weights: given.map(() => 1n), whole: BigInt(given.length) }
  return whole > 0n ? { weights: given, whole } : { weights: given.map((weight) => -weight), whole: -whole }
}

/**
 * Splits `total` by weight into parts of `digits` fraction digits that add up to exactly `total` (law 2): largest
 * remainder, ties to the earlier position; a negative total is split as its positive twin. Weights that add up to 0 split
 * equally. The arithmetic is done in whole numbers, so no size of input can lose a digit.
 */
export function allocateDigits(total: Decimal, weights: readonly Decimal[], digits: number): Decimal[] {
  invariant(weights.length > 0, 'a split needs at least one part')
  invariant(total.decimalPlaces() <= digits, 'what is split has no more digits than its parts')
  const units = unitsOf(total.abs(), digits)
  const sign = total.isNegative() ? -1n : 1n
  const { weights: shares, whole } = positiveWeights(weights)
  const parts = shares.map((share, index) => {
    const product = units * share
    const floor = floorDivide(product, whole)
    return { index, floor, remainder: product - floor * whole }
  })
  const left = Number(units - parts.reduce((given, part) => given + part.floor, 0n))
  const byRemainder = parts.toSorted((a, b) =>
    a.remainder === b.remainder ? a.index - b.index : a.remainder > b.remainder ? -1 : 1,
  )
  const extra = new Set(byRemainder.slice(0, left).map((part) => part.index))
  return parts.map(({ index, floor }) => fromUnits(sign * (floor + (extra.has(index) ? 1n : 0n)), digits))
}

/** Splits a rounded amount by weight in minor units of its currency, exactly (law 2). */
export const allocate = (total: Decimal, weights: readonly Decimal[], currency: Currency): Decimal[] =>
  allocateDigits(total, weights, minorDigits(currency))
