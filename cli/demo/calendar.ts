// The demo bills the last month that is over.

/** `YYYY-MM` of a day. */
export const periodOf = (date: Date): string => date.toISOString().slice(0, 7)

/** The month before. */
export function previousPeriod(period: string): string {
  const [year = 0, month = 1] = period.split('-').map(Number)
  return periodOf(new Date(Date.UTC(year, month - 2, 1)))
}

/** The half-open span of a month. */
export function spanOf(period: string): { from: Date; to: Date } {
  const [year = 0, month = 1] = period.split('-').map(Number)
  return { from: new Date(Date.UTC(year, month - 1, 1)), to: new Date(Date.UTC(year, month, 1)) }
}
