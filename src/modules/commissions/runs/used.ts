import type { NewEarning } from './earn.ts'

/** The last day that each rule was used for, as the day after it. */
export function usedUntil(earnings: readonly NewEarning[]): Map<string, string> {
  const used = new Map<string, string>()
  for (const { rule, serviceEnd } of earnings) {
    if ((used.get(rule.id) ?? '') < serviceEnd) used.set(rule.id, serviceEnd)
  }
  return used
}
