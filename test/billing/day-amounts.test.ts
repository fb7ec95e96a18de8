import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { amountsByDay } from '../../src/billing/day-amounts.ts'
import { decimal, plainText, sum } from '../../src/billing/money.ts'
import { rateParts } from '../../src/billing/rate-period.ts'
import type { Rate } from '../../src/billing/rate.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, tiersOf } from '../support/rates.ts'

const dayOf = (index: number) => `2024-09-${String(index + 1).padStart(2, '0')}`

test('the day that crosses a threshold pays both prices', () => {
  const rate: Rate = { kind: 'graduated', tiers: tiersOf(['100', '1'], [null, '0.5']) }
  const days = ['95', '10', '4'].map((quantity, index) => ({ rate, quantity: decimal(quantity), day: dayOf(index) }))
  expect(amountsByDay(days).map(({ day, amount }) => [day, plainText(amount)])).toEqual([
    ['2024-09-01', '95'],
    ['2024-09-02', '7.5'],
    ['2024-09-03', '2'],
  ])
})

test('days add up to the month exactly, for every rate and wherever a price changes', () => {
  const months = fc.record({
    first: rates,
    second: rates,
    before: fc.array(quantities, { minLength: 1, maxLength: 6 }),
    after: fc.array(quantities, { maxLength: 6 }),
  })
  fc.assert(
    fc.property(months, ({ first, second, before, after }) => {
      const days = [
        ...before.map((quantity) => ({ rate: first, quantity })),
        ...after.map((quantity) => ({ rate: second, quantity })),
      ].map((day, index) => ({ ...day, day: dayOf(index) }))
      const stretches = [
        { rate: first, quantity: sum(before) },
        ...(after.length === 0 ? [] : [{ rate: second, quantity: sum(after) }]),
      ]
      const ofDays = sum(amountsByDay(days).map(({ amount }) => amount))
      expect(plainText(ofDays)).toBe(plainText(sum(rateParts(stretches).map(({ amount }) => amount))))
    }),
    fuzzRuns(500),
  )
})
