import { decimal, plainText, sum, type Decimal } from './money.ts'

/** What a step of an explanation stands for: a kind of rate, what it asks per event, or a term of the whole period. */
export const stepKinds = [
  'flat',
  'per_unit',
  'graduated',
  'volume',
  'package',
  'percentage',
  'event_fee',
  'event_minimum',
  'event_maximum',
  'graduated_percentage',
  'included',
  'maximum',
  'minimum',
] as const
export type StepKind = (typeof stepKinds)[number]

/**
 * One line of an explanation (law 17): `amount = quantity x unitPrice + flatFee`. `from` and `upTo` are the tier's bounds;
 * for packages `quantity` counts packages of `packageSize`, after `freeUnits` if any, for what is asked per event it counts
 * events, and a percentage is a price per unit of value. All numbers are text.
 */
export type Step = {
  readonly kind: StepKind
  readonly from: string
  readonly upTo: string | null
  readonly quantity: string
  readonly unitPrice: string
  readonly flatFee: string
  readonly amount: string
  readonly packageSize?: string
  readonly freeUnits?: string
}

/** An unrounded amount and the steps that add up to it exactly. */
export type Rated = { readonly amount: Decimal; readonly derivation: readonly Step[] }

/** What a step is made of; its amount follows. */
export type StepTerms = {
  readonly kind: Step['kind']
  readonly from: Decimal
  readonly upTo: Decimal | null
  readonly quantity: Decimal
  readonly unitPrice: Decimal
  readonly flatFee: Decimal
  readonly packageSize?: Decimal
  readonly freeUnits?: Decimal
}

/** What one step comes to. */
export const costOf = (terms: { quantity: Decimal; unitPrice: Decimal; flatFee: Decimal }): Decimal =>
  terms.quantity.times(terms.unitPrice).plus(terms.flatFee)

const toStep = (terms: StepTerms): Step => ({
  kind: terms.kind,
  from: plainText(terms.from),
  upTo: terms.upTo === null ? null : plainText(terms.upTo),
  quantity: plainText(terms.quantity),
  unitPrice: plainText(terms.unitPrice),
  flatFee: plainText(terms.flatFee),
  amount: plainText(costOf(terms)),
  ...(terms.packageSize && { packageSize: plainText(terms.packageSize) }),
  ...(terms.freeUnits && { freeUnits: plainText(terms.freeUnits) }),
})

/** The amount of the given terms with its explanation. */
export const explained = (terms: readonly StepTerms[]): Rated => ({
  amount: sum(terms.map(costOf)),
  derivation: terms.map(toStep),
})

/** The same terms with the other sign, for corrections: sign(q) x F(|q|). */
export const negated = (terms: readonly StepTerms[]): StepTerms[] =>
  terms.map((term) => ({ ...term, quantity: term.quantity.negated(), flatFee: term.flatFee.negated() }))

const identity = ({ kind, from, upTo, unitPrice, packageSize, freeUnits }: StepTerms): string =>
  [kind, from, upTo, unitPrice, packageSize, freeUnits].map(String).join(' ')

/** Adds up terms of the same tier and price and leaves out those that cancel: 100 - 95 units become 5 units. */
export function merged(terms: readonly StepTerms[]): StepTerms[] {
  const byIdentity = new Map<string, StepTerms>()
  for (const term of terms) {
    const key = identity(term)
    const known = byIdentity.get(key)
    if (!known) byIdentity.set(key, term)
    else
      byIdentity.set(key, {
        ...known,
        quantity: known.quantity.plus(term.quantity),
        flatFee: known.flatFee.plus(term.flatFee),
      })
  }
  return [...byIdentity.values()].filter((term) => !term.quantity.isZero() || !term.flatFee.isZero())
}

/**
 * Computes the amount again from a stored explanation, from quantities and prices and not from its amounts.
 * @throws BillingError `decimal.invalid` when the explanation is not one of ours.
 */
export const replay = (derivation: readonly Step[]): Decimal =>
  sum(
    derivation.map((step) =>
      costOf({ quantity: decimal(step.quantity), unitPrice: decimal(step.unitPrice), flatFee: decimal(step.flatFee) }),
    ),
  )
