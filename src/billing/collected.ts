import { type Currency, type Decimal, isNegative, roundToMinor, zero } from './money.ts'

/** What a rule that earns on payment has as base: the part that was collected, or the whole line once all of it was. */
export type CollectedBasis = 'collected' | 'whole'

/** A line of a document with its net after discounts, before tax. */
type CollectableLine = { readonly line: number; readonly base: Decimal }

/**
 * Something that changed what is collected of a document, in the order in which it happened: money in (negative where it went
 * back), or a credit note, which makes the document smaller and may turn collected money into a credit balance.
 */
export type MoneyEvent = {
  readonly id: string
  /** Money with tax that counts as collected from here on; negative: not any more. */
  readonly collected: Decimal
  /** What a gift of the seller paid, with tax: it completes a document, and nothing was collected. */
  readonly given: Decimal
  /** What a credit note took off the document, with tax. */
  readonly credited: Decimal
  /** What a credit note took off each line and its discounts, before tax. */
  readonly lineCredits: ReadonlyMap<number, Decimal>
}

/** What was collected of the document's lines before an event, and with it. */
export type CollectedBases = {
  readonly id: string
  readonly before: ReadonlyMap<number, Decimal>
  readonly after: ReadonlyMap<number, Decimal>
}

type Standing = { collected: Decimal; given: Decimal; rest: Decimal; lines: readonly CollectableLine[] }

/**
 * Each line less its credits, times the share of what is left of the document that was collected; rounded to the minor unit.
 * Never less than nothing: a credit note may turn more into money of the buyer than was collected, where a gift had paid it.
 */
function basesOf(
  { collected, given, rest, lines }: Standing,
  basis: CollectedBasis,
  currency: Currency,
): Map<number, Decimal> {
  const paid = basis === 'whole' ? collected.plus(given) : collected
  const isWhole = !rest.isZero() && paid.dividedBy(rest).greaterThanOrEqualTo(1)
  const shareOf = (base: Decimal): Decimal => {
    if (isWhole) return base
    if (basis === 'whole' || rest.isZero() || isNegative(collected.dividedBy(rest))) return zero
    return roundToMinor(base.times(collected).dividedBy(rest), currency)
  }
  return new Map(lines.map(({ line, base }) => [line, shareOf(base)]))
}

/**
 * Follows a document from payment to payment. Every amount is a difference of two rounded states, so that a document which
 * is paid in any number of parts has collected exactly its lines, and one whose money went back exactly nothing.
 */
export function followCollection(
  document: { readonly total: Decimal; readonly lines: readonly CollectableLine[] },
  events: readonly MoneyEvent[],
  basis: CollectedBasis,
  currency: Currency,
): CollectedBases[] {
  let standing: Standing = { collected: zero, given: zero, rest: document.total, lines: document.lines }
  let before = basesOf(standing, basis, currency)
  return events.map((event) => {
    standing = {
      collected: standing.collected.plus(event.collected),
      given: standing.given.plus(event.given),
      rest: standing.rest.minus(event.credited),
      lines: standing.lines.map(({ line, base }) => ({ line, base: base.minus(event.lineCredits.get(line) ?? zero) })),
    }
    const after = basesOf(standing, basis, currency)
    const states = { id: event.id, before, after }
    before = after
    return states
  })
}
