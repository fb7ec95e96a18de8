import { derivationBases, derivationMethods } from '../../../billing/derive-rate.ts'
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
} from '../../../platform/schema.ts'
import { Code, PriceScopeName, RateDecimal, RateForm, ShownRate, skuReference } from '../model.ts'

const ratesMax = 5000
const NewRates = t.Array(object({ ...skuReference, rate: RateForm }), { maxItems: ratesMax })
export type NewRates = Static<typeof NewRates>

export const RateChange = object({ rates: NewRates })
export type RateChange = Static<typeof RateChange>

const kinds = ['sale', 'cost'] as const

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
