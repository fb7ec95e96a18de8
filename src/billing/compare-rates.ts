import { canonicalJson } from './canonical.ts'
import { decimal, plainText } from './money.ts'
import { amountsOf } from './rate-amounts.ts'
import type { Rate } from './rate.ts'

/**
 * One amount of a rate, by its pointer, before and after; null where it is not there. `percent` is the change in percent of
 * the amount before, to 4 digits; null where that is nothing or absent. Decimals are text.
 */
type AmountDifference = {
  readonly pointer: string
  readonly before: string | null
  readonly after: string | null
  readonly percent: string | null
}

const percentDigits = 4

function percentOf(before: string | undefined, after: string | undefined): string | null {
  if (before === undefined || after === undefined || decimal(before).isZero()) return null
  const change = decimal(after).minus(before).times(100).div(before)
  return plainText(change.toDecimalPlaces(percentDigits))
}

/** True when both ask the same for every quantity, being written alike. */
export const isSameRate = (a: Rate, b: Rate): boolean => canonicalJson(a) === canonicalJson(b)

/** The amounts in which two rates differ, by their place: tier by tier, fee by fee. */
export function compareRates(before: Rate, after: Rate): AmountDifference[] {
  const [old, next] = [before, after].map(
    (rate) => new Map(amountsOf(rate).map(({ pointer, amount }) => [pointer, amount])),
  )
  return [...new Set([...(old?.keys() ?? []), ...(next?.keys() ?? [])])]
    .map((pointer) => ({ pointer, was: old?.get(pointer), is: next?.get(pointer) }))
    .filter(({ was, is }) => was !== is)
    .map(({ pointer, was, is }) => ({ pointer, before: was ?? null, after: is ?? null, percent: percentOf(was, is) }))
}
