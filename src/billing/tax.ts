import { isCountry } from './countries.ts'
import { dayRange, isWithin, type Day } from './days.ts'
import { BillingError } from './errors.ts'
import { amountText, boundedNonNegative, decimal, plainText, roundToMinor, sum, type Currency } from './money.ts'

/** Tax categories of EN 16931 (UNCL 5305): what a line's tax is about, whatever its rate. */
export const taxCategories = ['S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'L', 'M'] as const
export type TaxCategory = (typeof taxCategories)[number]

/** The class of SKUs that nothing else was said about. */
export const standardCode = 'standard'

/**
 * One tax on what is of a class: `code` is the seller's name of the class, `name` tells several taxes on the same line
 * apart, as GST and QST. In force on half-open days in the country whose tax it is.
 */
export type TaxRate = {
  readonly id: string
  readonly country: string
  readonly code: string
  readonly name: string
  readonly category: TaxCategory
  readonly percent: string
  readonly reason: string | null
  readonly validFrom: Day
  readonly validTo: Day | null
}

/** What a caller says of a tax rate. */
type TaxRateInput = Omit<TaxRate, 'id' | 'reason' | 'validTo'> & {
  readonly reason?: string | undefined
  readonly validTo?: string | undefined
}

const isTaxed = (category: TaxCategory): boolean => category === 'S' || category === 'L' || category === 'M'

/** Why nothing is charged must be said for every untaxed category but the zero rate (EN 16931 BR-E-10 and its like). */
export const needsReason = (category: TaxCategory): boolean => !isTaxed(category) && category !== 'Z'

/** @throws BillingError `country.unknown` unless `code` is an ISO 3166-1 country. */
export function country(code: string, at = ''): string {
  if (!isCountry(code)) throw new BillingError('country.unknown', 'must be an ISO 3166-1 country code in capitals', at)
  return code
}

/**
 * Checks a tax rate that came from outside; its numbers come back plain.
 * @throws BillingError `country.unknown`, `decimal.…`, `percent.over_100`, `tax.percent_of_category`, `tax.reason_missing`,
 * `day.invalid` or `range.empty` at its field.
 */
export function checkTaxRate(input: TaxRateInput): Omit<TaxRate, 'id'> {
  country(input.country, '/country')
  const percent = boundedNonNegative(input.percent, '/percent')
  if (percent.greaterThan(100)) throw new BillingError('percent.over_100', 'must not be over 100', '/percent')
  if (isTaxed(input.category) === percent.isZero()) {
    const message = isTaxed(input.category) ? 'must be above zero in this category' : 'must be 0 in this category'
    throw new BillingError('tax.percent_of_category', message, '/percent')
  }
  const reason = input.reason ?? null
  if (needsReason(input.category) && reason === null)
    throw new BillingError('tax.reason_missing', 'this category needs a reason', '/reason')
  const { from: validFrom, to: validTo } = validity(input.validFrom, input.validTo)
  return { ...input, percent: plainText(percent), reason, validFrom, validTo }
}

/** Half-open days that came from outside. @throws BillingError at /validFrom or /validTo */
export function validity(validFrom: string, validTo: string | undefined) {
  try {
    return dayRange(validFrom, validTo ?? null)
  } catch (error) {
    if (!(error instanceof BillingError)) throw error
    throw new BillingError(error.code, error.message, error.at === '/from' ? '/validFrom' : '/validTo')
  }
}

/** A tax id: a VAT number begins with the country that gave it; of others only the form of the characters is known. */
type TaxId = { readonly scheme: 'vat' | 'other'; readonly value: string }

const vatCountry = (prefix: string): boolean => isCountry(prefix) || prefix === 'EL' || prefix === 'XI'

/** @throws BillingError `tax_id.invalid` at `at` for a text that can't be one. */
export function checkTaxId({ scheme, value }: TaxId, at = ''): TaxId {
  const isOne =
    scheme === 'vat'
      ? /^[A-Z]{2}[0-9A-Z+*]{2,13}$/.test(value) && vatCountry(value.slice(0, 2))
      : /^[0-9A-Z][0-9A-Z ./-]{1,29}$/.test(value)
  if (!isOne)
    throw new BillingError('tax_id.invalid', 'must be a tax id in capitals, a VAT number with its country', at)
  return { scheme, value }
}

/** Where a seller's sale is taxed, and what becomes of sales to other countries: the first rule that fits decides. */
export type TaxProfile = {
  readonly country: string
  /** Whose country's rates apply: the seller's own, or the buyer's where the seller is registered there. */
  readonly place: 'seller' | 'buyer'
  readonly rules: readonly TaxRule[]
}

/** Sales to buyers of these countries, with or without a tax id or either, are of an untaxed category. */
type TaxRule = {
  readonly countries: readonly string[]
  readonly buyerHasTaxId: boolean | null
  readonly category: TaxCategory
  readonly reason: string
}

/** What a seller knows of a buyer; without an identity its country is unknown. */
export type TaxedBuyer = {
  readonly country: string | null
  readonly hasTaxId: boolean
  readonly exemptions: readonly TaxExemption[]
}

/** A buyer that a seller does not charge tax, on half-open days, with the reason and the proof that the buyer gave. */
export type TaxExemption = {
  readonly category: TaxCategory
  readonly reason: string
  readonly validFrom: Day
  readonly validTo: Day | null
}

/** What is charged on a line: the rates, or none and why. */
export type Treatment =
  | { readonly category: TaxCategory; readonly rates: readonly TaxRate[]; readonly reason: string | null }
  | { readonly unknown: 'tax.buyer_unknown' | 'tax.rate_missing' }

/** A seller's rules, ready to be asked. */
export type TaxBook = { readonly profile: TaxProfile; readonly rates: readonly TaxRate[] }

/**
 * How a line of a class is taxed on its tax point, the last day of its month of service. An exemption of the buyer comes
 * first, then the profile's rules for buyers of other countries, then the rates of the class. Unknown is unknown: a rate
 * that is missing, or a country that the rules ask for, makes the document wait for a person.
 */
export function treatmentOf({ profile, rates }: TaxBook, buyer: TaxedBuyer, code: string, taxPoint: Day): Treatment {
  const on = (one: { readonly validFrom: Day; readonly validTo: Day | null }): boolean =>
    isWithin({ from: one.validFrom, to: one.validTo }, taxPoint)
  const exemption = buyer.exemptions.find(on)
  if (exemption) return { category: exemption.category, rates: [], reason: exemption.reason }
  const asksForCountry = profile.rules.length > 0 || profile.place === 'buyer'
  if (asksForCountry && buyer.country === null) return { unknown: 'tax.buyer_unknown' }
  const rule = profile.rules.find((one) => fits(one, profile, buyer))
  if (rule) return { category: rule.category, rates: [], reason: rule.reason }
  const place = profile.place === 'buyer' ? buyer.country : profile.country
  const found = rates.filter((one) => one.country === place && one.code === code && on(one))
  const [first] = found
  if (!first) return { unknown: 'tax.rate_missing' }
  return { category: first.category, rates: found.toSorted((a, b) => (a.name < b.name ? -1 : 1)), reason: first.reason }
}

const fits = (rule: TaxRule, profile: TaxProfile, { country: where, hasTaxId }: TaxedBuyer): boolean =>
  where !== null &&
  where !== profile.country &&
  rule.countries.includes(where) &&
  (rule.buyerHasTaxId === null || rule.buyerHasTaxId === hasTaxId)

/** One tax on a rounded line, or the category of a line that is not taxed. */
export type LineTax = {
  readonly category: TaxCategory
  readonly name: string
  readonly percent: string
  readonly reason: string | null
}

/** A tax of a document: its base is the sum of the rounded lines it is on, its amount is rounded once. Amounts are text. */
export type DocumentTax = LineTax & { readonly base: string; readonly amount: string }

/** The taxes that a treatment puts on a line; an untaxed line has one of 0 %, so that the document lists its base. */
export const taxesOf = ({ category, rates, reason }: Exclude<Treatment, { unknown: string }>): LineTax[] =>
  rates.length === 0
    ? [{ category, name: '', percent: '0', reason }]
    : rates.map((rate) => ({ category: rate.category, name: rate.name, percent: rate.percent, reason: rate.reason }))

/** What makes taxes of several lines one tax of their document. */
export const taxKeyOf = ({ category, name, percent }: LineTax): string => [category, percent, name].join('\n')

/** All that was said about why a group is not taxed, each reason once. */
const reasonOf = (reasons: readonly (string | null)[]): string | null => {
  const said = [...new Set(reasons.filter((reason) => reason !== null))].toSorted()
  return said.length === 0 ? null : said.join('; ')
}

/**
 * The taxes of a document (law 9): per category and rate on the sum of the rounded lines after discounts, each rounded
 * once, half away from zero. In an order that does not depend on the caller's.
 */
export function documentTaxes(
  lines: readonly { readonly net: string; readonly taxes: readonly LineTax[] }[],
  currency: Currency,
): DocumentTax[] {
  const groups = new Map<string, { tax: LineTax; nets: string[]; reasons: (string | null)[] }>()
  for (const { net, taxes } of lines) {
    for (const tax of taxes) {
      const group = groups.get(taxKeyOf(tax)) ?? { tax, nets: [], reasons: [] }
      groups.set(taxKeyOf(tax), group)
      group.nets.push(net)
      group.reasons.push(tax.reason)
    }
  }
  const ordered = [...groups].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return ordered.map(([, { tax, nets, reasons }]) => {
    const base = sum(nets.map((net) => decimal(net)))
    const amount = roundToMinor(base.times(decimal(tax.percent)).dividedBy(100), currency)
    return { ...tax, reason: reasonOf(reasons), base: amountText(base, currency), amount: amountText(amount, currency) }
  })
}
