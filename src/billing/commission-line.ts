import { splitByDays } from './commission.ts'
import { type Day, daysBetween, type Stretch } from './days.ts'
import { type Currency, Decimal, roundToMinor, sum } from './money.ts'

/** Service days of a line that an earning was computed for, and the part of the line's net that it had as base. */
export type EarnedDays = { readonly from: Day; readonly to: Day; readonly base: Decimal }

/** Service days of a line by one rule, or by none, with their part of the line's net. */
export type LinePart<T> = Stretch<T> & { readonly base: Decimal }

/** The stretches without the days that were earned on before. */
function without<T>(stretches: readonly Stretch<T>[], earned: readonly EarnedDays[]): Stretch<T>[] {
  let left = [...stretches]
  for (const { from, to } of earned) {
    left = left.flatMap((stretch) => {
      if (to <= stretch.from || stretch.to <= from) return [stretch]
      const before = stretch.from < from ? [{ ...stretch, to: from }] : []
      const after = to < stretch.to ? [{ ...stretch, from: to }] : []
      return [...before, ...after]
    })
  }
  return left
}

/**
 * What a line still lacks for one payee: the stretches of its service days that no earning covers, with what earlier
 * earnings left of its net, split by days (laws 15 and 16). Empty once every day is covered.
 */
export function lackingParts<T>(
  net: Decimal,
  stretches: readonly Stretch<T>[],
  earned: readonly EarnedDays[],
  currency: Currency,
): LinePart<T>[] {
  const open = earned.length === 0 ? stretches : without(stretches, earned)
  const rest = earned.length === 0 ? net : net.minus(sum(earned.map(({ base }) => base)))
  const [only, ...others] = open
  if (!only) return []
  if (others.length === 0) return [{ ...only, base: rest }]
  const parts = splitByDays(rest, open, currency)
  return open.map((stretch, index) => ({ ...stretch, base: parts[index]?.base ?? rest }))
}

/** The part of an amount that some days of a line have; those of days side by side add up to it (law 2). */
export function partOfDays(
  amount: Decimal,
  line: { readonly serviceStart: Day; readonly serviceEnd: Day },
  { from, to }: { readonly from: Day; readonly to: Day },
  currency: Currency,
): Decimal {
  const until = (day: Day): Decimal => {
    const days = new Decimal(daysBetween(line.serviceStart, day))
    return roundToMinor(amount.times(days).dividedBy(daysBetween(line.serviceStart, line.serviceEnd)), currency)
  }
  return until(to).minus(until(from))
}
