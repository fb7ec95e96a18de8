import type { Aggregation } from './aggregate.ts'
import type { Step, StepKind } from './derivation.ts'

/** What of an explanation is told in sentences. All numbers are text. */
type Told = {
  readonly quantity: {
    readonly before: string
    readonly now: string
    readonly unit: string
    readonly counted?: string
  }
  readonly price: {
    readonly priceList: string
    readonly scope: string
    readonly currency: string
    readonly validFrom: string
  }
  readonly after: readonly Step[]
  readonly before: readonly Step[]
  /** What was converted, at which rate; null where the price is of the line's own currency. */
  readonly exchange: {
    readonly amount: string
    readonly from: string
    readonly to: string
    readonly rate: string
    readonly source: string
    readonly validFrom: string
  } | null
  /** What all of a buyer is priced for together, where the line is a share of it. */
  readonly pool?:
    { readonly quantity: string; readonly quantityBefore: string; readonly unrounded: string } | null | undefined
  readonly unrounded: string
  readonly rounding: { readonly digits: number }
  readonly net: string
  readonly currency: string
}

const bounds = ({ from, upTo }: Step): string => (upTo === null ? `above ${from}` : `above ${from} up to ${upTo}`)

const counted = ({ quantity, packageSize }: Step): string =>
  packageSize === undefined ? `${quantity} units` : `${quantity} packages of ${packageSize}`

/** What the quantity of a step counts. */
const meanings: Record<StepKind, (step: Step) => string> = {
  flat: () => 'a flat amount for the month',
  per_unit: ({ quantity }) => `${quantity} units at the same price`,
  graduated: (step) => `${counted(step)} ${bounds(step)}`,
  volume: (step) => `all ${counted(step)} at the price for a quantity ${bounds(step)}`,
  package: ({ quantity, packageSize, freeUnits }) =>
    `${quantity} packages of ${packageSize}, after ${freeUnits} free units`,
  percentage: ({ quantity }) => `a percentage of a value of ${quantity}`,
  event_fee: ({ quantity }) => `a fee for each of ${quantity} events`,
  event_minimum: ({ quantity }) => `the minimum of each of ${quantity} events`,
  event_maximum: ({ quantity }) => `the maximum of each of ${quantity} events`,
  graduated_percentage: (step) => `a percentage of the value of ${step.quantity} ${bounds(step)}`,
  included: ({ quantity }) => `${quantity} units are included`,
  maximum: () => 'what lies above the maximum of the month is taken off',
  minimum: () => 'what is missing to the minimum of the month is added',
}

/** One step of an amount as a sentence that can be computed again by hand. */
export function sentenceOf(step: Step): string {
  const { quantity, unitPrice, flatFee, amount } = step
  const terms = [...(unitPrice === '0' ? [] : [`${quantity} x ${unitPrice}`]), ...(flatFee === '0' ? [] : [flatFee])]
  const sum = terms.length === 0 ? '' : `${terms.join(' + ')} = `
  return `${capital(meanings[step.kind](step))}: ${sum}${amount}.`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** How usage became a quantity, where it was not simply added up. `uniqueBy` is what a unique count counts. */
export function countedHow(aggregation: Aggregation, uniqueBy: string | null): string | undefined {
  if (aggregation === 'max') return 'the largest record of the month'
  if (aggregation === 'last') return 'the last record of the month'
  if (aggregation === 'unique') return `distinct values of ${uniqueBy}, each once a month`
  if (aggregation === 'weighted') return 'unit-seconds over the seconds of the month'
  return undefined
}

/** A line's way from quantity to amount, one plain sentence per step. */
export function sentencesOf(told: Told): string[] {
  const { quantity, price, after, before } = told
  const late = quantity.before === '0' ? '' : `, after ${quantity.before} that were counted before`
  return [
    `${quantity.now} ${quantity.unit}${late}.`,
    ...(quantity.counted === undefined ? [] : [`Counted: ${quantity.counted}.`]),
    `Price list ${price.priceList} (scope ${price.scope}), in ${price.currency}, valid from ${price.validFrom}.`,
    ...after.map(sentenceOf),
    ...before.map((step) => `Less what was billed before. ${sentenceOf(step)}`),
    ...(told.exchange === null ? [] : [converted(told.exchange)]),
    ...(told.pool ? [sharedOut(told.pool, quantity)] : []),
    `Together ${told.unrounded}, rounded once to ${told.rounding.digits} digits, half away from zero: ${told.net} ${told.currency}.`,
  ]
}

const converted = ({ amount, from, to, rate, source, validFrom }: NonNullable<Told['exchange']>): string =>
  `${amount} ${from} at ${rate} ${to} for one (${source}, valid from ${validFrom}).`

const sharedOut = (
  { quantity, quantityBefore, unrounded }: NonNullable<Told['pool']>,
  line: Told['quantity'],
): string => {
  const late = quantityBefore === '0' ? '' : `, after ${quantityBefore} that were counted before`
  return `Counted over all of the buyer: ${quantity} ${line.unit}${late}, for ${unrounded}; ${line.now} of them are this line's.`
}
