import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { replay } from '../../src/billing/derivation.ts'
import { currency, decimal, plainText, roundToMinor, sum, zero } from '../../src/billing/money.ts'
import { type EarlierPart, type PooledPart, type Share, sharesOf } from '../../src/billing/pools.ts'
import { rateParts } from '../../src/billing/rate-period.ts'
import { rate } from '../../src/billing/rate.ts'
import type { BookedRate } from '../../src/billing/resolve.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, termedRates, tiersOf } from '../support/rates.ts'

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
const shared = (parts: readonly PooledPart[], earlier: readonly EarlierPart[] = []): Share[] => {
  const shares = sharesOf(parts, billing, earlier)
  if (typeof shares === 'string') throw new Error(shares)
  return shares
}

test('A14: 4 x 400 units at 1.00 to 1000 and 0.80 above are 1480.00 together, 370.00 each', () => {
  const chosen = bookedRate({ kind: 'graduated', tiers: tiersOf(['1000', '1.00'], [null, '0.80']) })
  const shares = shared(Array.from({ length: 4 }, () => partOf(chosen, '400')))
  expect(shares.map(({ unrounded }) => unrounded)).toEqual(['370', '370', '370', '370'])
  expect(shares[0]?.pool).toMatchObject({ quantity: '1600', unrounded: '1480' })
})

test('whatever is shared adds up to the whole, which is rounded once', () => {
  fc.assert(
    fc.property(rates, fc.array(quantities, { minLength: 1, maxLength: 8 }), (terms, some) => {
      const chosen = bookedRate(terms)
      const shares = shared(some.map((quantity) => partOf(chosen, plainText(quantity))))
      const whole = roundToMinor(rate(terms, sum(some)).amount, euro)
      expect(plainText(sum(shares.map(({ unrounded }) => decimal(unrounded))))).toBe(plainText(whole))
    }),
    fuzzRuns(500),
  )
})

describe('late usage of what a buyer is priced for together', () => {
  const table = bookedRate({ kind: 'graduated', tiers: tiersOf(['100', '1.00'], [null, '0.50']) })
  const late = (quantities: readonly string[], before: readonly string[]) =>
    shared(
      quantities.map((quantity) => partOf(table, quantity)),
      before.map((quantity) => partOf(table, quantity)),
    )
  const told = (shares: readonly Share[]) => [shares.map(({ unrounded }) => unrounded), shares[0]?.pool]

  test('F7: ten late units of two subscriptions cross the threshold of their buyer once: 7.50, shared by quantity', () => {
    expect(told(late(['6', '4'], ['60', '35']))).toMatchObject([
      ['4.5', '3'],
      { quantity: '10', quantityBefore: '95', unrounded: '7.5' },
    ])
  })

  test('a second late batch goes on where the first one ended, and a correction takes back what it was billed for', () => {
    expect(told(late(['10'], ['60', '35', '6', '4']))[0]).toEqual(['5'])
    expect(told(late(['-6', '-4'], ['60', '35', '6', '4']))[0]).toEqual(['-4.5', '-3'])
    expect(told(late(['-105'], ['60', '35', '6', '4']))[0]).toEqual(['-102.5'])
    expect(told(late(['20', '-10'], ['60', '35']))[0]).toEqual(['15', '-7.5'])
  })

  test('usage that moves the price of a version it has no part of carries the difference, or waits for want of its currency', () => {
    const version = (from: string, rateId: string, price: string, code = 'EUR') => ({
      from,
      chosen: {
        ...bookedRate({ kind: 'volume', tiers: tiersOf(['100', price], [null, '0.5']) }),
        rateId,
        currency: currency(code),
      },
    })
    const next = version('2024-09-16', 'next', '2')
    const parts = [{ ...next, quantity: '20', terms: next.chosen }]
    const earlier = (code: string) => [{ ...version('2024-09-01', 'old', '1', code), quantity: '90' }]
    const [share] = shared(parts, earlier('EUR'))
    expect([share?.unrounded, share?.pool.quantityBefore]).toEqual(['-35', '0'])
    expect(plainText(replay(share?.pool.steps ?? []).minus(replay(share?.pool.stepsBefore ?? [])))).toBe('-35')
    expect(sharesOf(parts, billing, earlier('USD'))).toBe('tier_scope.buyer')
  })

  test('however usage arrives, over versions, subscriptions and batches, it comes to F of the whole, and each step replays', () => {
    const record = fc.tuple(fc.constantFrom(0, 1), quantities)
    const batches = fc.array(fc.array(record, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(termedRates, termedRates, batches, (first, second, arrivals) => {
        const versions = [first, second].map((terms, index) => ({
          from: `2024-09-${index === 0 ? '01' : '16'}`,
          chosen: { ...bookedRate(terms), rateId: `rate ${index}` },
        }))
        const partOfRecord = ([index, quantity]: readonly [number, typeof zero]): PooledPart[] => {
          const version = versions[index]
          const terms = versions[1]?.chosen
          return version && terms ? [{ ...version, terms, quantity: plainText(quantity) }] : []
        }
        const earlier: PooledPart[] = []
        const billed = arrivals.map((records) => {
          const parts = records.flatMap(partOfRecord)
          const pools = new Set(shared(parts, earlier).map(({ pool }) => pool))
          earlier.push(...parts)
          return sum(
            [...pools].map(({ unrounded, steps, stepsBefore = [] }) => {
              expect(plainText(replay(steps).minus(replay(stepsBefore)))).toBe(unrounded)
              return decimal(unrounded)
            }),
          )
        })
        const used = versions.filter(({ from }) => earlier.some((part) => part.from === from))
        const whole = rateParts(
          used.map(({ from, chosen }) => ({
            rate: chosen.rate,
            quantity: sum(earlier.filter((part) => part.from === from).map(({ quantity }) => decimal(quantity))),
          })),
          second,
        )
        expect(plainText(sum(billed))).toBe(plainText(sum(whole.map(({ amount }) => amount))))
      }),
      fuzzRuns(500),
    )
  })
})
