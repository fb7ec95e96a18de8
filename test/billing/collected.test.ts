import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type CollectedBasis, followCollection, type MoneyEvent } from '../../src/billing/collected.ts'
import { currency, Decimal, decimal, sum, zero } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
let events = 0
const paid = (amount: string): MoneyEvent => ({
  id: `event-${(events += 1)}`,
  collected: decimal(amount),
  given: zero,
  credited: zero,
  lineCredits: new Map(),
})
const credited = (gross: string, toBalance: string, lines: Record<number, string>): MoneyEvent => ({
  ...paid('0'),
  collected: decimal(toBalance).negated(),
  credited: decimal(gross),
  lineCredits: new Map(Object.entries(lines).map(([line, net]) => [Number(line), decimal(net)])),
})
const given = (amount: string): MoneyEvent => ({ ...paid('0'), given: decimal(amount) })
/** What each event changes, line by line. */
const changes = (
  total: string,
  bases: readonly string[],
  happened: readonly MoneyEvent[],
  basis: CollectedBasis = 'collected',
) => {
  const lines = bases.map((base, index) => ({ line: index + 1, base: decimal(base) }))
  return followCollection({ total: decimal(total), lines }, happened, basis, eur).map(({ before, after }) =>
    lines.map(({ line }) => (after.get(line) ?? zero).minus(before.get(line) ?? zero).toFixed(2)),
  )
}

describe('what is collected of the lines of a document', () => {
  test('is the share of the total that was paid, without its tax', () => {
    expect(changes('119.00', ['60.00', '40.00'], [paid('59.50'), paid('59.50')])).toEqual([
      ['30.00', '20.00'],
      ['30.00', '20.00'],
    ])
  })

  test('adds up to the line whatever the parts are, and goes back exactly', () => {
    expect(changes('100.00', ['33.33', '66.67'], [paid('10'), paid('23'), paid('67'), paid('-67')])).toEqual([
      ['3.33', '6.67'],
      ['7.67', '15.33'],
      ['22.33', '44.67'],
      ['-22.33', '-44.67'],
    ])
  })

  test('of a rule for whole lines comes with the payment that completes the document, and goes with the first that goes back', () => {
    expect(changes('100.00', ['60.00', '40.00'], [paid('99.99'), paid('0.01'), paid('-0.01')], 'whole')).toEqual([
      ['0.00', '0.00'],
      ['60.00', '40.00'],
      ['-60.00', '-40.00'],
    ])
  })

  test('follows a credit note to the lines that it names: what is left of a half paid document may be all paid', () => {
    expect(changes('100.00', ['60.00', '40.00'], [paid('50'), credited('60', '10', { 1: '60' })])).toEqual([
      ['30.00', '20.00'],
      ['-30.00', '20.00'],
    ])
  })

  test('is not what a gift paid, which completes a document all the same', () => {
    const happened = [given('40'), paid('60')]
    expect(changes('100.00', ['60.00', '40.00'], happened)).toEqual([
      ['0.00', '0.00'],
      ['36.00', '24.00'],
    ])
    expect(changes('100.00', ['60.00', '40.00'], happened, 'whole')[1]).toEqual(['60.00', '40.00'])
    expect(changes('100.00', ['100.00'], [given('100'), credited('40', '40', { 1: '40' })])).toEqual([
      ['0.00'],
      ['0.00'],
    ])
  })

  test('is nothing once all of the document was credited', () => {
    expect(changes('100.00', ['100.00'], [paid('100'), credited('100', '100', { 1: '100' })])).toEqual([
      ['100.00'],
      ['-100.00'],
    ])
  })

  test('adds up to the lines after any series of payments that completes the document', () => {
    const cents = fc.integer({ min: -50_000, max: 100_000 })
    fc.assert(
      fc.property(
        fc.array(cents, { minLength: 1, maxLength: 8 }),
        fc.array(fc.nat(1000), { maxLength: 6 }),
        (nets, weights) => {
          const bases = nets.map((net) => new Decimal(net).dividedBy(100))
          const total = sum(bases)
          fc.pre(!total.isZero())
          const parts = weights.map((weight) => total.times(weight).dividedBy(10_000))
          const happened = [...parts, total.minus(sum(parts))].map((part) => paid(part.toFixed(20)))
          const found = changes(
            total.toFixed(2),
            bases.map((base) => base.toFixed(2)),
            happened,
          )
          const collected = bases.map((_, index) =>
            sum(found.map((change) => decimal(change[index] ?? '0'))).toFixed(2),
          )
          expect(collected).toEqual(bases.map((base) => base.toFixed(2)))
        },
      ),
      fuzzRuns(1_000),
    )
  })
})
