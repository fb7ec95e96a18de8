import * as fc from 'fast-check'
import { checkRate } from '../../src/billing/check-rate.ts'
import { Decimal } from '../../src/billing/money.ts'
import type { Rate } from '../../src/billing/rate.ts'
import type { Tier } from '../../src/billing/tiers.ts'

/** A tier table in short: `[upTo, unitPrice, flatFee?]`, an upTo of null is open. */
export const tiersOf = (...rows: readonly (readonly [string | null, string, (string | undefined)?])[]): Tier[] =>
  rows.map(([upTo, unitPrice, flatFee]) => (flatFee === undefined ? { upTo, unitPrice } : { upTo, unitPrice, flatFee }))

/** Decimal text from 0 to about `max`, with up to 12 fraction digits. */
export const amountTexts = (max: bigint) =>
  fc
    .tuple(fc.bigInt(0n, max), fc.integer({ min: 0, max: 12 }))
    .map(([n, digits]) => new Decimal(`${n}e-${digits}`).toFixed())

/** Quantities of both signs, whole and fractional, zero among them. */
export const quantities = fc
  .tuple(fc.bigInt(-(10n ** 9n), 10n ** 9n), fc.constantFrom(0, 0, 2, 6, 12))
  .map(([units, digits]) => new Decimal(`${units}e-${digits}`))

const tables = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 1, max: 5_000 }), { maxLength: 4 }),
    fc.array(fc.tuple(amountTexts(1_000n), fc.option(amountTexts(100n), { nil: undefined })), {
      minLength: 5,
      maxLength: 5,
    }),
  )
  .map(([bounds, prices]): Tier[] => {
    const ends = [...bounds.toSorted((a, b) => a - b).map(String), null]
    return tiersOf(...ends.map((upTo, index) => [upTo, ...prices[index]!] as const))
  })

/** Any checked rate of the kinds that have a running total: all but volume. */
export const runningRates: fc.Arbitrary<Rate> = fc
  .oneof(
    fc.record({ kind: fc.constant('flat' as const), amount: amountTexts(10_000n) }),
    fc.record({ kind: fc.constant('per_unit' as const), unitPrice: amountTexts(10_000n) }),
    tables.map((tiers) => ({ kind: 'graduated' as const, tiers })),
    fc.record({
      kind: fc.constant('package' as const),
      size: fc.integer({ min: 1, max: 500 }).map(String),
      price: amountTexts(1_000n),
      freeUnits: fc.integer({ min: 0, max: 500 }).map(String),
      rounding: fc.constantFrom('up' as const, 'down' as const),
    }),
  )
  .map((input) => checkRate(input))

/** Any checked rate. */
export const rates: fc.Arbitrary<Rate> = fc.oneof(
  runningRates,
  tables.map((tiers) => checkRate({ kind: 'volume', tiers })),
)
