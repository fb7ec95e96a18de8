import { DayText, ExactDecimal, Name, object, oneOf, orNull, type Static, t, Uuid } from '../../../platform/schema.ts'
import { Code, PriceScopeName, ShownRate } from '../model.ts'
import { PriceList } from '../price-lists/model.ts'
import { SkuCode } from '../skus/model.ts'

const days = {
  validFrom: DayText,
  validTo: t.Optional({ ...DayText, description: 'the first day that is not covered; open without it' }),
}
const newName = {
  code: t.Optional({ ...Code, description: 'the next version of the same list without it' }),
  name: t.Optional(Name()),
}

export const ListCopy = object({
  ...newName,
  ...days,
  scope: t.Optional(PriceScopeName),
  targetId: t.Optional(Uuid),
})
export type ListCopy = Static<typeof ListCopy>

/** Any text: the rule reads the number and says what is wrong with it. */
const SignedDecimal = t.String({
  maxLength: 500,
  description: 'a plain decimal; below zero prices fall',
  examples: ['2.5'],
})

export const ListIncrease = object({
  ...newName,
  ...days,
  percent: t.Optional(SignedDecimal),
  amount: t.Optional(SignedDecimal),
  digits: t.Optional(
    t.Integer({ minimum: 0, maximum: 12, description: 'fraction digits of changed prices; 12 without it' }),
  ),
  skus: t.Optional(t.Array(SkuCode, { minItems: 1, maxItems: 5000, description: 'only these; all without it' })),
})
export type ListIncrease = Static<typeof ListIncrease>

export const IncreaseQuery = object({
  preview: t.Optional(oneOf(['true', 'false'], { description: 'true: says what would change, and changes nothing' })),
})

const AmountDifference = object({
  pointer: t.String({ description: 'of the amount within its rate' }),
  before: orNull(ExactDecimal),
  after: orNull(ExactDecimal),
  percent: orNull(ExactDecimal),
})

export const RateDifference = object({
  skuId: Uuid,
  sku: t.String(),
  before: ShownRate,
  after: ShownRate,
  amounts: t.Array(AmountDifference),
})
export type RateDifference = Static<typeof RateDifference>

export const Increased = object(
  { priceList: orNull(PriceList), changed: t.Array(RateDifference), unchanged: t.Integer() },
  { $id: 'IncreasedPriceList' },
)
export type Increased = Static<typeof Increased>

export const OneRate = object({ skuId: Uuid, sku: t.String(), rate: ShownRate })

export const CompareQuery = object({ with: { ...Uuid, description: 'the other list of your own' } })

export const Comparison = object(
  {
    added: t.Array(OneRate, { description: 'on the other list alone' }),
    removed: t.Array(OneRate, { description: 'on this list alone' }),
    changed: t.Array(RateDifference),
    unchanged: t.Integer(),
  },
  { $id: 'PriceListComparison', description: 'from this list to the other one' },
)
export type Comparison = Static<typeof Comparison>
