import { taxCategories } from '../../billing/tax.ts'
import {
  DayText,
  DecimalText,
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
  Text,
} from '../../platform/schema.ts'
import { skuReference } from '../pricing/model.ts'

const Country = t.String({ pattern: '^[A-Z]{2}$', description: 'ISO 3166-1 alpha-2', examples: ['DE'] })
const Category = oneOf(taxCategories, {
  description: 'EN 16931 (UNCL 5305): S standard, Z zero, E exempt, AE reverse charge …',
})
const untaxed = ['Z', 'E', 'AE', 'K', 'G', 'O'] as const
const UntaxedCategory = oneOf(untaxed)
const TaxCode = { ...Name(100), description: "the seller's name of a class of SKUs; `standard` is for all the others" }
const Reason = { ...Name(500), description: 'printed on the document' }

const identityFields = {
  legalName: Name(),
  addressLines: t.Array(Name(), { minItems: 1, maxItems: 6 }),
  country: Country,
  taxIds: t.Array(object({ scheme: oneOf(['vat', 'other'] as const), value: Text(30, { minLength: 2 }) }), {
    maxItems: 10,
  }),
}
export const NewTaxIdentity = object(identityFields)
export type NewTaxIdentity = Static<typeof NewTaxIdentity>
export const TaxIdentity = object(
  { organizationId: Uuid, ...identityFields, updatedAt: Instant },
  { $id: 'TaxIdentity' },
)
export type TaxIdentity = Static<typeof TaxIdentity>

const profileFields = {
  country: Country,
  place: oneOf(['seller', 'buyer'] as const, { description: "whose country's rates are charged" }),
  rules: t.Array(
    object({
      countries: t.Array(Country, { minItems: 1, maxItems: 250 }),
      buyerHasTaxId: t.Union([t.Boolean(), t.Null()], { description: 'null: whether or not' }),
      category: UntaxedCategory,
      reason: Reason,
    }),
    { maxItems: 50, description: 'for buyers of other countries; the first one that fits decides' },
  ),
}
export const NewTaxProfile = object({
  ...profileFields,
  place: t.Optional(profileFields.place),
  rules: t.Optional(profileFields.rules),
})
export type NewTaxProfile = Static<typeof NewTaxProfile>
export const TaxProfile = object({ ...profileFields, updatedAt: Instant }, { $id: 'TaxProfile' })
export type TaxProfile = Static<typeof TaxProfile>

export const NewTaxRate = object({
  country: Country,
  code: t.Optional(TaxCode),
  name: t.Optional({ ...Name(100), description: 'tells several taxes on one line apart; default VAT' }),
  category: t.Optional(Category),
  percent: DecimalText,
  reason: t.Optional(Reason),
  validFrom: DayText,
  validTo: t.Optional({ ...DayText, description: 'the first day that is not covered; open without it' }),
})
export type NewTaxRate = Static<typeof NewTaxRate>

export const TaxRate = object(
  {
    id: Uuid,
    country: Country,
    code: t.String(),
    name: t.String(),
    category: Category,
    percent: ExactDecimal,
    reason: orNull(t.String()),
    validFrom: DayText,
    validTo: orNull(DayText),
    createdAt: Instant,
  },
  { $id: 'TaxRate' },
)
export type TaxRate = Static<typeof TaxRate>
export const TaxRatePage = PageOf(TaxRate)
export const TaxRateFilters = object({ country: t.Optional(Country), code: t.Optional(TaxCode), ...pageQuery })
export type TaxRateFilters = Static<typeof TaxRateFilters>

export const ValidityEnd = object({
  validTo: { ...DayText, description: 'the first day that is not covered any more' },
})

export const NewTaxSkus = object({
  skus: t.Array(object({ ...skuReference, code: TaxCode }), { minItems: 1, maxItems: 1000 }),
})
export type NewTaxSkus = Static<typeof NewTaxSkus>
export const TaxSku = object({ skuId: Uuid, sku: t.String(), code: t.String() })
export type TaxSku = Static<typeof TaxSku>
export const TaxSkuPage = PageOf(TaxSku)
export const TaxSkuFilters = object(pageQuery)

export const NewTaxExemption = object({
  buyerId: Uuid,
  category: t.Optional(UntaxedCategory),
  reason: Reason,
  proof: { ...Name(), description: "the buyer's proof: the number of a certificate" },
  validFrom: DayText,
  validTo: t.Optional(DayText),
})
export type NewTaxExemption = Static<typeof NewTaxExemption>
export const TaxExemption = object(
  {
    id: Uuid,
    buyerId: Uuid,
    category: UntaxedCategory,
    reason: t.String(),
    proof: t.String(),
    validFrom: DayText,
    validTo: orNull(DayText),
    createdAt: Instant,
  },
  { $id: 'TaxExemption' },
)
export type TaxExemption = Static<typeof TaxExemption>
export const TaxExemptionPage = PageOf(TaxExemption)
export const TaxExemptionFilters = object({ buyerId: t.Optional(Uuid), ...pageQuery })
export type TaxExemptionFilters = Static<typeof TaxExemptionFilters>
