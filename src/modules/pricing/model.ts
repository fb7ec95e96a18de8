import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  Instant,
  Name,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  type Static,
  t,
  Uuid,
} from '../../platform/schema.ts'
import { derivationBases, derivationMethods } from '../../billing/derive-rate.ts'
import type { Rate } from '../../billing/rate.ts'
import { priceScopes } from '../../billing/resolve.ts'
import { Aggregation, Sku, SkuCode, UniqueBy } from './skus/model.ts'

/** A code as people write it, unique in its place. */
export const Code = Name(100)

/** Any text: `checkRate` reads the number, and says in which field of which tier it is wrong, which a union of forms can't. */
const RateDecimal = t.String({
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
const RateForm = t.Union(
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

const ratesMax = 5000
const NewRates = t.Array(object({ ...skuReference, rate: RateForm }), { maxItems: ratesMax })
export type NewRates = Static<typeof NewRates>

export const RateChange = object({ rates: NewRates })
export type RateChange = Static<typeof RateChange>

const kinds = ['sale', 'cost'] as const
export const PriceScopeName = oneOf(priceScopes, { description: 'the narrowest scope that has a rate wins' })

export const NewDerivation = object(
  {
    basis: oneOf(derivationBases, { description: 'the prices of a list, or what you pay yourself' }),
    priceListId: t.Optional({ ...Uuid, description: 'basis list: a version of the list; all of them are followed' }),
    method: oneOf(derivationMethods, {
      description: 'a markup is a share of the base, a margin a share of the result: 25 % markup is 20 % margin',
    }),
    percent: t.Optional(RateDecimal),
    amount: t.Optional(RateDecimal),
  },
  { description: 'in place of rates: the list takes them from its base, and follows it' },
)
export type NewDerivation = Static<typeof NewDerivation>

export const NewPriceList = object({
  code: Code,
  name: Name(),
  kind: t.Optional(oneOf(kinds, { description: "cost: the platform's supplier prices" })),
  currency: CurrencyCode,
  scope: PriceScopeName,
  targetId: t.Optional({ ...Uuid, description: 'the region, plan version, buyer or subscription of the scope' }),
  validFrom: DayText,
  validTo: t.Optional({ ...DayText, description: 'the first day that is not covered; open without it' }),
  rates: t.Optional(NewRates),
  derivedFrom: t.Optional(NewDerivation),
  state: t.Optional(oneOf(['draft', 'active'], { description: 'active by default' })),
})
export type NewPriceList = Static<typeof NewPriceList>

const states = ['draft', 'active', 'used', 'ended'] as const

const priceListFields = {
  id: Uuid,
  sellerId: Uuid,
  kind: oneOf(kinds),
  code: t.String(),
  name: t.String(),
  currency: CurrencyCode,
  scope: PriceScopeName,
  targetId: orNull(Uuid),
  buyerId: orNull(Uuid),
  validFrom: DayText,
  validTo: orNull(DayText),
  state: oneOf(states),
  createdAt: Instant,
  updatedAt: Instant,
}
export const PriceListSummary = object(priceListFields, { $id: 'PriceListSummary' })
export type PriceListSummary = Static<typeof PriceListSummary>

const ListedRate = object({ id: Uuid, skuId: Uuid, sku: t.String(), unit: t.String(), rate: ShownRate })
export type ListedRate = Static<typeof ListedRate>

const DerivedFrom = object(
  {
    basis: oneOf(derivationBases),
    method: oneOf(derivationMethods),
    percent: orNull(ExactDecimal),
    amount: orNull(ExactDecimal),
    priceListId: orNull({ ...Uuid, description: 'the one list that these rates came from, where it is one' }),
    leftOut: t.Array(object({ sku: t.String(), reason: t.String() }), {
      description: 'SKUs of the base without a price here, and why',
    }),
  },
  { description: 'told to the seller alone' },
)
export type DerivedFrom = Static<typeof DerivedFrom>

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

export const PriceList = object(
  { ...priceListFields, rates: t.Array(ListedRate), derivedFrom: orNull(DerivedFrom) },
  { $id: 'PriceList' },
)
export type PriceList = Static<typeof PriceList>

export const PriceListPage = PageOf(PriceListSummary)
export const PriceListFilters = object({
  code: t.Optional(Code),
  kind: t.Optional(oneOf(kinds)),
  scope: t.Optional(PriceScopeName),
  state: t.Optional(oneOf(states)),
  ...pageQuery,
})
export type PriceListFilters = Static<typeof PriceListFilters>

export const ListEnd = object({ validTo: { ...DayText, description: 'the first day that is not covered any more' } })
export type ListEnd = Static<typeof ListEnd>

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

/** How the caller stands to the edge whose prices it asks for. */
const sides = ['buy', 'sell', 'agency'] as const
export type Side = (typeof sides)[number]

export const SheetQuery = object({
  side: t.Optional(oneOf(sides, { description: 'by default agency for agents, else buy' })),
  day: t.Optional({ ...DayText, description: 'by default today' }),
  sku: t.Optional(SkuCode),
  buyerId: t.Optional({ ...Uuid, description: 'the price for this buyer' }),
  subscriptionId: t.Optional({ ...Uuid, description: 'the price for this subscription' }),
  region: t.Optional(Code),
  ...pageQuery,
})
export type SheetQuery = Static<typeof SheetQuery>

const WinningList = object({
  id: Uuid,
  code: t.String(),
  scope: PriceScopeName,
  validFrom: DayText,
  validTo: orNull(DayText),
})

const SheetExchange = object({ fxRateId: Uuid, rate: ExactDecimal, validFrom: DayText, source: t.String() })

const SheetRow = object({
  skuId: Uuid,
  sku: t.String(),
  name: t.String(),
  unit: t.String(),
  aggregation: Aggregation,
  rate: orNull(ShownRate),
  rateCurrency: t.Union([CurrencyCode, t.Null()], { description: 'what the rate is in; else converted by `exchange`' }),
  exchange: t.Union([SheetExchange, t.Null()], { description: 'how the rate is billed in the currency of the sheet' }),
  unknownFor: orNull(oneOf(['no_price', 'no_fx_rate'], { description: 'why there is no rate; unknown is never 0' })),
  list: orNull(WinningList),
})
export type SheetRow = Static<typeof SheetRow>

export const PriceSheet = object(
  {
    day: DayText,
    side: oneOf(sides),
    sellerId: Uuid,
    buyerId: orNull(Uuid),
    currency: CurrencyCode,
    data: t.Array(SheetRow),
    page: object({ nextCursor: orNull(t.String()), hasMore: t.Boolean() }),
  },
  { $id: 'PriceSheet' },
)
export type PriceSheet = Static<typeof PriceSheet>
