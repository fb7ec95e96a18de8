import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { currency, decimal, plainText, roundToMinor, sum } from '../../src/billing/money.ts'
import { rate } from '../../src/billing/rate.ts'
import { sharesOf } from '../../src/modules/billing/pools.ts'
import type { BookedRate } from '../../src/modules/billing/price-book.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, tiersOf } from '../support/rates.ts'

const euro = currency('EUR')
const bookedRate = (terms: BookedRate['rate']): BookedRate => ({
  rateId: 'rate',
  priceListId: 'list',
  scope: 'default',
  currency: euro,
  valid: { from: '2024-01-01', to: null },
  rate: terms,
})
const partOf = (chosen: BookedRate, quantity: string) => ({ from: '2024-09-01', quantity, chosen, terms: chosen })
const billing = { currency: 'EUR', fx: undefined }

test('A14: 4 x 400 units at 1.00 to 1000 and 0.80 above are 1480.00 together, 370.00 each', () => {
  const chosen = bookedRate({ kind: 'graduated', tiers: tiersOf(['1000', '1.00'], [null, '0.80']) })
  const shares = sharesOf(
    Array.from({ length: 4 }, () => partOf(chosen, '400')),
    billing,
  )
  expect(shares.map(({ unrounded }) => unrounded)).toEqual(['370', '370', '370', '370'])
  expect(shares[0]?.pool).toMatchObject({ quantity: '1600', unrounded: '1480' })
})

test('whatever is shared adds up to the whole, which is rounded once', () => {
  fc.assert(
    fc.property(rates, fc.array(quantities, { minLength: 1, maxLength: 8 }), (terms, some) => {
      const chosen = bookedRate(terms)
      const shares = sharesOf(
        some.map((quantity) => partOf(chosen, plainText(quantity))),
        billing,
      )
      const whole = roundToMinor(rate(terms, sum(some)).amount, euro)
      expect(plainText(sum(shares.map(({ unrounded }) => decimal(unrounded))))).toBe(plainText(whole))
    }),
    fuzzRuns(500),
  )
})
