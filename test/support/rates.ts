import * as fc from 'fast-check'
import { checkRate } from '../../src/billing/check-rate.ts'
import { Decimal } from '../../src/billing/money.ts'
import { needsEvents } from '../../src/billing/percentage.ts'
import type { Rate } from '../../src/billing/rate.ts'
import type { Tier } from '../../src/billing/tiers.ts'

/** A tier table in short: `[upTo, unitPrice, flatFee?]`, an upTo of null is open. */
export const tiersOf = (...rows: readonly (readonly [string | null, string, (string | undefined)?])[]): Tier[] =>
  rows.map(([upTo, unitPrice, flatFee]) => (flatFee === undefined ? { upTo, unitPrice } : { upTo, unitPrice, flatFee }))

/** Decimal text from 0 to about `max`, with up to 12 fraction digits. */
const amountTexts = (max: bigint) =>
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

const noFee = { nil: undefined }
const percentages = fc
  .record({
    percent: amountTexts(10_000n),
    feePerEvent: fc.option(amountTexts(100n), noFee),
    freeUnits: fc.option(fc.integer({ min: 0, max: 500 }).map(String), noFee),
    freeEvents: fc.option(fc.integer({ min: 0, max: 3 }), noFee),
    eventMinimum: fc.option(fc.integer({ min: 0, max: 5 }).map(String), noFee),
    eventMaximum: fc.option(fc.integer({ min: 5, max: 50 }).map(String), noFee),
  })
  .map((fields) => ({ kind: 'percentage' as const, ...fields }))

/** Any checked rate of the kinds that have a running total, without period terms: all but volume. */
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
    percentages.filter((rate) => !needsEvents(checkRate(rate))),
    tables.map((tiers) => ({
      kind: 'graduated_percentage' as const,
      tiers: tiers.map(({ unitPrice, ...tier }) => ({ ...tier, percent: unitPrice })),
    })),
  )
  .map((input) => checkRate(input))

/** Any checked percentage that looks at single events. */
export const eventRates: fc.Arbitrary<Rate> = percentages
  .map((input) => checkRate(input))
  .filter((rate) => needsEvents(rate))

const size = fc.option(
  fc.integer({ min: 4, max: 300 }).map((units) => String(units / 4)),
  noFee,
)

/** Tables of which some tiers are sold in packages. */
const packedTables = fc
  .tuple(tables, fc.array(size, { minLength: 5, maxLength: 5 }))
  .map(([tiers, sizes]) => tiers.map((tier, index) => ({ ...tier, size: sizes[index] })))

/** Any checked rate, without period terms. */
export const rates: fc.Arbitrary<Rate> = fc.oneof(
  runningRates,
  tables.map((tiers) => checkRate({ kind: 'volume', tiers })),
  fc
    .tuple(fc.constantFrom('graduated' as const, 'volume' as const), packedTables)
    .map(([kind, tiers]) => checkRate({ kind, tiers })),
)

const term = fc.option(amountTexts(10_000n), noFee)

/** Any checked rate, with any period terms. */
export const termedRates: fc.Arbitrary<Rate> = fc
  .tuple(rates, fc.record({ includedQuantity: term, minimum: term, maximum: term }))
  .filter(([, { minimum, maximum }]) => !minimum || !maximum || !new Decimal(minimum).greaterThan(maximum))
  .map(([rate, terms]) => checkRate({ ...rate, ...terms }))
