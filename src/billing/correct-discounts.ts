import { allocate } from './allocate.ts'
import { applyDiscounts, type Discount, type DiscountableLine, type Reduction } from './discount.ts'
import { type Currency, type Decimal, decimal, isNegative, sum, zero } from './money.ts'

/** What is off each line of a document, by discount. */
export type Reductions = ReadonlyMap<string, ReadonlyMap<number, Decimal>>

/** A line of a document as it is right, and whether that is another amount than the one on paper. */
type CorrectedLine = DiscountableLine & { readonly isChanged: boolean }

const reductionsOf = (reductions: readonly Reduction[]): Reductions =>
  new Map(
    [...Map.groupBy(reductions, ({ discountId }) => discountId)].map(([id, some]) => [
      id,
      new Map(some.map(({ line, amount }) => [line, decimal(amount)])),
    ]),
  )

const isOpen = ({ net }: DiscountableLine): boolean => decimal(net).greaterThan(0)

/** Lines that give something back give up what they did, unless they are wrong. */
const givenUpBy = (lines: readonly CorrectedLine[], off: ReadonlyMap<number, Decimal>) =>
  lines
    .filter((one) => !one.isChanged && !isOpen(one) && off.has(one.line))
    .map(({ line }) => [line, off.get(line) ?? zero] as const)

/**
 * One discount's part: what it takes in all is computed again, lines that are right keep what is off them, and those that are
 * not have the rest by what they would have; null where that can't be.
 */
function partsOf(
  lines: readonly CorrectedLine[],
  again: ReadonlyMap<number, Decimal>,
  off: ReadonlyMap<number, Decimal>,
  currency: Currency,
): ReadonlyMap<number, Decimal> | null {
  const open = lines.filter(isOpen)
  const kept = open.filter(({ isChanged }) => !isChanged).map(({ line }) => [line, off.get(line) ?? zero] as const)
  const changed = open.filter(({ isChanged }) => isChanged)
  const rest = sum(open.map(({ line }) => again.get(line) ?? zero)).minus(sum(kept.map(([, amount]) => amount)))
  const weights = changed.map(({ line }) => again.get(line) ?? zero)
  if (rest.isZero()) return new Map(kept)
  if (isNegative(rest) || sum(weights).isZero()) return null
  const shares = allocate(rest, weights, currency)
  return new Map([...kept, ...changed.map(({ line }, index) => [line, shares[index] ?? zero] as const)])
}

/** Whether no line is reduced by more than it is. */
const fits = (lines: readonly CorrectedLine[], parts: readonly ReadonlyMap<number, Decimal>[]): boolean =>
  lines.filter(isOpen).every(({ line, net }) => !sum(parts.map((one) => one.get(line) ?? zero)).greaterThan(net))

/**
 * What is off the lines of a document when some of them are corrected: the discounts that were in force for it are applied to
 * the right lines, and take in all what they would have taken. Lines that were right keep what is off them, so that no cent
 * moves between them, unless a discount has too little room on the corrected ones: then all are reduced as if it was new.
 */
export function correctReductions(
  lines: readonly CorrectedLine[],
  { discounts, onPaper }: { readonly discounts: readonly Discount[]; readonly onPaper: Reductions },
  currency: Currency,
): Reductions {
  const again = reductionsOf(applyDiscounts(lines, discounts, currency))
  const ids = [...new Set([...onPaper.keys(), ...again.keys()])]
  const nothing: ReadonlyMap<number, Decimal> = new Map()
  const parts = ids.map((id) => partsOf(lines, again.get(id) ?? nothing, onPaper.get(id) ?? nothing, currency))
  const known = parts.filter((one) => one !== null)
  const isKept = known.length === parts.length && fits(lines, known)
  return new Map(
    ids.map((id, index) => {
      const owed = isKept ? parts[index] : again.get(id)
      return [id, new Map([...(owed ?? nothing), ...givenUpBy(lines, onPaper.get(id) ?? nothing)])]
    }),
  )
}
