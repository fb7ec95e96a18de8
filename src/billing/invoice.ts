import { allocate } from './allocate.ts'
import { amountText, decimal, isNegative, roundToMinor, sum, type Currency, type Decimal } from './money.ts'

/** What a line stands for. */
export const lineKinds = ['usage', 'recurring', 'oneTime', 'late', 'minimum', 'discount', 'credit'] as const
export type LineKind = (typeof lineKinds)[number]

/**
 * What a document line is made of: the fields that make it one line (law 1) and its unrounded amount as text, in the
 * document's currency. Other fields travel with it unchanged.
 */
export type Billable = {
  readonly kind: LineKind
  readonly subscriptionId: string
  readonly sku: string
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly priceVersionId: string
  readonly taxCategory: string | null
  readonly unrounded: string
}

/** A numbered line with its net amount in minor units. */
type Line<T extends Billable> = T & { readonly line: number; readonly net: string }

/** The amounts of a document, as text with the currency's minor digits. */
type Totals = { readonly net: string; readonly tax: string; readonly total: string }

/** What becomes of a billing run's lines for one buyer. */
type DraftOutcome =
  | { readonly state: 'none' }
  | { readonly state: 'draft' }
  | { readonly state: 'parked'; readonly reason: 'negative_total' }
  | { readonly state: 'settled' }

/** What a seller wants of a draft that comes to nothing: a document, or none. */
export const zeroTotals = ['issue', 'settle'] as const
type ZeroTotals = (typeof zeroTotals)[number]

/**
 * What may be settled without a document. What is charged or given back of a subscription's time is served once, by the
 * document that says so; a discount is used up by one.
 */
export const settledKinds: readonly LineKind[] = ['usage', 'late', 'minimum']

const sortKey = (line: Billable): string =>
  [
    line.subscriptionId,
    line.sku,
    line.serviceStart,
    line.serviceEnd,
    line.priceVersionId,
    line.kind,
    line.taxCategory,
  ].join('\n')

/**
 * Makes numbered lines out of rated buckets, in an order that does not depend on the caller's, each rounded here and
 * nowhere else (law 1). Negative and 0.00 lines stay (law 11). A billing run does the same in SQL, for all buyers at once.
 */
export function draftLines<T extends Billable>(buckets: readonly T[], currency: Currency): Line<T>[] {
  const keyed = buckets.map((bucket) => ({ bucket, key: sortKey(bucket) }))
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  return keyed.map(({ bucket }, index) =>
    Object.assign({}, bucket, {
      line: index + 1,
      net: amountText(roundToMinor(decimal(bucket.unrounded), currency), currency),
    }),
  )
}

/**
 * Net, tax and total of a document from its rounded lines and rounded tax amounts; without a tax profile there are none
 * (law 9).
 */
export function documentTotals(
  lines: readonly { readonly net: string }[],
  taxes: readonly { readonly amount: string }[],
  currency: Currency,
): Totals {
  const net = sum(lines.map((line) => decimal(line.net)))
  const tax = sum(taxes.map((tax) => decimal(tax.amount)))
  const text = (amount: Decimal) => amountText(amount, currency)
  return { net: text(net), tax: text(tax), total: text(net.plus(tax)) }
}

/**
 * No lines, no document; a negative total waits for a person; 0.00 is a document like any other, unless the seller settles
 * what comes to nothing line by line: lines that cancel each other say something (law 11). A billing run does the same in SQL.
 */
export function draftOutcome(
  lines: readonly { readonly kind: LineKind; readonly net: string }[],
  totals: Totals,
  wish: ZeroTotals = 'issue',
): DraftOutcome {
  if (lines.length === 0) return { state: 'none' }
  if (isNegative(decimal(totals.total))) return { state: 'parked', reason: 'negative_total' }
  const isNothing = decimal(totals.total).isZero() && lines.every(comesToNothing)
  return wish === 'settle' && isNothing ? { state: 'settled' } : { state: 'draft' }
}

const comesToNothing = ({ kind, net }: { readonly kind: LineKind; readonly net: string }): boolean =>
  settledKinds.includes(kind) && decimal(net).isZero()

/**
 * Tier scope *buyer* (law 20): what all lines of one edge, SKU and version cost together is rounded once and split over
 * them by quantity. A share is the line's amount; rounding it again changes nothing.
 */
export function shareOut(
  unrounded: Decimal,
  quantities: readonly Decimal[],
  currency: Currency,
): { readonly rounded: Decimal; readonly shares: readonly Decimal[] } {
  const rounded = roundToMinor(unrounded, currency)
  return { rounded, shares: allocate(rounded, quantities, currency) }
}
