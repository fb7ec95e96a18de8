import { derivationBases, derivationMethods } from '../../billing/derive-rate.ts'
import type { Rate } from '../../billing/rate.ts'
import { priceScopes } from '../../billing/resolve.ts'
import { ExactDecimal, Name, object, oneOf, orNull, type Static, t, Uuid } from '../../platform/schema.ts'
import { Aggregation, Sku, SkuCode, UniqueBy } from './skus/model.ts'

/** A code as people write it, unique in its place. */
export const Code = Name(100)

/** Any text: `checkRate` reads the number, and says in which field of which tier it is wrong, which a union of forms can't. */
export const RateDecimal = t.String({
  maxLength: 500,
  description: 'a plain decimal, not negative, at most 26 digits before and 12 after the point',
  examples: ['19.90'],
})

const common = {
  tierScope: t.Optional(
    oneOf(['subscription', 'buyer'], {
      description:
        'tiers count per subscription (default) or over all of a buyer, which neither charges nor costs have',
    }),
  ),
  includedQuantity: t.Optional({ ...RateDecimal, description: 'units of a month that cost nothing and reach no tier' }),
  minimum: t.Optional({
    ...RateDecimal,
    description: 'the least that a month comes to, prorated by the days in force; what is missing is a line of its own',
  }),
  maximum: t.Optional({ ...RateDecimal, description: 'the most that the usage of a month comes to' }),
}
const feeAtZero = t.Optional(t.Boolean({ description: "the first tier's fee is due though nothing is used" }))
const tiersOf = <P extends object>(price: P) =>
  t.Array(
    object({ from: t.Optional(RateDecimal), upTo: orNull(RateDecimal), ...price, flatFee: t.Optional(RateDecimal) }),
    { maxItems: 100, description: 'side by side from 0, bounds (from, upTo], the last one open (null)' },
  )
const size = t.Optional({
  ...RateDecimal,
  description: 'the tier is sold in packages of so many units; `unitPrice` is for each that is started in it',
})
const tiered = { tiers: tiersOf({ unitPrice: RateDecimal, size }), feeAtZero, ...common }

/** A rate on the wire. Its shape is checked here, its numbers and tiers by `checkRate`. */
export const RateForm = t.Union(
  [
    object({ kind: t.Literal('flat'), amount: RateDecimal, ...common }),
    object({ kind: t.Literal('per_unit'), unitPrice: RateDecimal, ...common }),
    object({ kind: t.Literal('graduated'), ...tiered }),
    object({ kind: t.Literal('volume'), ...tiered }),
    object({
      kind: t.Literal('package'),
      size: RateDecimal,
      price: RateDecimal,
      freeUnits: t.Optional(RateDecimal),
      rounding: t.Optional(oneOf(['up', 'down'])),
      ...common,
    }),
    object({
      kind: t.Literal('percentage'),
      percent: { ...RateDecimal, description: "of the quantity, which is a value in the list's currency" },
      feePerEvent: t.Optional(RateDecimal),
      freeUnits: t.Optional(RateDecimal),
      freeEvents: t.Optional(t.Integer({ minimum: 0, maximum: 1_000_000_000 })),
      eventMinimum: t.Optional(RateDecimal),
      eventMaximum: t.Optional(RateDecimal),
      ...common,
    }),
    object({
      kind: t.Literal('graduated_percentage'),
      tiers: tiersOf({ percent: RateDecimal }),
      feeAtZero,
      ...common,
    }),
  ],
  { $id: 'Rate', description: 'flat, per unit, graduated, volume, package, percentage or graduated percentage' },
)

/** A rate in an answer: the same form, checked and made plain. */
export const ShownRate = t.Unsafe<Rate>(RateForm)

/** A SKU by its id or by its code: exactly one of them. */
export const skuReference = { skuId: t.Optional(Uuid), sku: t.Optional(SkuCode) }

export const PriceScopeName = oneOf(priceScopes, { description: 'the narrowest scope that has a rate wins' })

/** What a derived rate came from, in an explanation. */
export const RateOrigin = object(
  {
    basis: oneOf(derivationBases),
    method: oneOf(derivationMethods),
    percent: orNull(ExactDecimal),
    amount: orNull(ExactDecimal),
    priceListId: Uuid,
    baseRate: ShownRate,
  },
  { description: 'told to the seller alone' },
)

export const NewPricing = object({
  code: SkuCode,
  name: t.Optional(Name(300)),
  unit: t.Optional(Name(100)),
  aggregation: t.Optional(Aggregation),
  uniqueBy: t.Optional(UniqueBy),
  rates: t.Array(object({ priceListId: Uuid, rate: RateForm }), { minItems: 1, maxItems: 20 }),
})
export type NewPricing = Static<typeof NewPricing>

export const Pricing = object({
  sku: Sku,
  rates: t.Array(object({ id: Uuid, priceListId: Uuid, rate: ShownRate })),
})
export type Pricing = Static<typeof Pricing>
