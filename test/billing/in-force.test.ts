import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { daysAfter, daysBetween } from '../../src/billing/days.ts'
import { inForceIn, type ListedDays } from '../../src/billing/in-force.ts'
import { daysInPeriod } from '../../src/billing/period.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const listed = (from: string, to: string | null, planVersionId = 'a'): ListedDays => ({ from, to, planVersionId })

describe('the days of a month on which plan versions listed a SKU', () => {
  test('are those of the versions that were in force, not of the one that was ordered', () => {
    expect(inForceIn('2024-09', [listed('2024-01-01', '2024-09-11')])).toEqual({
      from: '2024-09-01',
      to: '2024-09-11',
      days: 10,
      planVersionId: 'a',
    })
  })

  test('leave out those of a version between that did not list it', () => {
    const rows = [listed('2024-09-21', null, 'b'), listed('2024-01-01', '2024-09-05')]
    expect(inForceIn('2024-09', rows)).toEqual({ from: '2024-09-01', to: '2024-10-01', days: 14, planVersionId: 'b' })
  })

  test('are none before the first version and after the last', () => {
    const rows = [listed('2024-03-01', '2024-09-01')]
    expect([inForceIn('2024-02', rows), inForceIn('2024-09', rows), inForceIn('2024-09', [])]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('of a life that is cut anywhere add up to the days of the life, month by month', () => {
    const cuts = fc
      .uniqueArray(fc.nat(800), { minLength: 2, maxLength: 8 })
      .map((days) => days.toSorted((a, b) => a - b))
    fc.assert(
      fc.property(cuts, (cuts) => {
        const days = cuts.map((cut) => daysAfter('2023-01-15', cut))
        const rows = days.slice(1).map((to, index) => listed(days[index] ?? '', to, `${index}`))
        const months = Array.from({ length: 40 }, (_, index) =>
          Temporal.PlainYearMonth.from('2023-01').add({ months: index }).toString(),
        )
        const found = months.flatMap((month) => {
          const one = inForceIn(month, rows.toReversed())
          if (one) expect(one.days).toBeLessThanOrEqual(daysInPeriod(month))
          return one ? [one.days] : []
        })
        const whole = daysBetween(days[0] ?? '', days.at(-1) ?? '')
        expect(found.reduce((a, b) => a + b, 0)).toBe(whole)
      }),
      fuzzRuns(200),
    )
  })
})
