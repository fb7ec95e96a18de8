/** The smallest value that `share` of the values do not exceed (nearest rank). @throws when there are none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]
  if (value === undefined) throw new Error('a percentile needs values')
  return value
}

/** The middle value; of an even number the lower one. */
export const median = (values: readonly number[]): number => percentile(values, 0.5)
