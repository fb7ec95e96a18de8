import { describe, expect, test } from 'bun:test'
import { type ChargeTerms, chargePieces } from '../../src/billing/charges.ts'
import { sum } from '../../src/billing/money.ts'
import { biller, life, monthly, phase, shown } from '../support/charges.ts'

const always =
  (...terms: ChargeTerms[]) =>
  () =>
    terms
const months = (from: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => Temporal.PlainYearMonth.from(from).add({ months: index }).toString())

describe('a charge in advance', () => {
  const anchored = always(monthly({ anchor: 'start' }))

  test('B2: the second seat from 1 Feb gives back the unused part and charges two: net 9.55', () => {
    const { run, close } = biller(anchored, (_, quantity) => String(4 * Number(quantity)))
    const bought = life([phase('2025-01-13')])
    expect(run(bought, '2025-01').map(shown)).toEqual(['recurring 2025-01-13 2025-02-13 x1 4.00'])
    close('2025-01')
    const changed = life([phase('2025-01-13'), phase('2025-02-01', { quantity: '2' })])
    const lines = run(changed, '2025-02')
    // The source takes all of 4.00 back and charges the 19 days anew as 2.45: 4.00 - 2.45 is our 1.55.
    expect(lines.map(shown)).toEqual([
      'credit 2025-02-01 2025-02-13 x1 -1.55',
      'recurring 2025-02-01 2025-02-13 x2 3.10',
      'recurring 2025-02-13 2025-03-13 x2 8.00',
    ])
    expect(sum(lines.map(({ net }) => net)).toFixed(2)).toBe('9.55')
  })

  test('B2 gives the same when the change was known all along', () => {
    const { run, close } = biller(anchored, (_, quantity) => String(4 * Number(quantity)))
    const changed = life([phase('2025-01-13'), phase('2025-02-01', { quantity: '2' })])
    expect(run(changed, '2025-01').map(shown)).toEqual(['recurring 2025-01-13 2025-02-13 x1 4.00'])
    close('2025-01')
    expect(sum(run(changed, '2025-02').map(({ net }) => net)).toFixed(2)).toBe('9.55')
  })

  test('does not reach beyond an end that is known', () => {
    const { run } = biller(anchored, () => '31')
    expect(run(life([phase('2025-01-13')], '2025-02-03'), '2025-01').map(shown)).toEqual([
      'recurring 2025-01-13 2025-02-03 x1 21.00',
    ])
  })

  test('is given back for a suspension and charged again from the day that ends it', () => {
    const { run, close } = biller(always(monthly({ interval: 'year' })), () => '365')
    const paused = life([phase('2025-01-01'), phase('2025-03-11', { isSuspended: true }), phase('2025-05-05')])
    const bills = months('2025-01', 12).map((month) => {
      const lines = run(paused, month).map(shown)
      expect(run(paused, month)).toEqual([])
      close(month)
      return lines
    })
    expect(bills.flat()).toEqual([
      'recurring 2025-01-01 2026-01-01 x1 365.00',
      'credit 2025-03-11 2026-01-01 x1 -296.00',
      'recurring 2025-05-05 2026-01-01 x1 241.00',
    ])
  })

  test('of a month that is billed already goes on the next bill with its true days', () => {
    const { run, close } = biller(always(monthly()), () => '31')
    close('2025-01')
    expect(run(life([phase('2025-01-22')]), '2025-02').map(shown)).toEqual([
      'recurring 2025-01-22 2025-02-01 x1 10.00',
      'recurring 2025-02-01 2025-03-01 x1 31.00',
    ])
  })
})

describe('a charge in arrears', () => {
  test('B1: an upgrade on the 15th is two lines of its month', () => {
    const { run } = biller(always(monthly({ timing: 'arrears' })), (version) => (version === 'v1' ? '100' : '200'))
    const upgraded = life([phase('2025-01-01'), phase('2025-01-15', { planVersionId: 'v2' })])
    expect(run(upgraded, '2025-01').map(shown)).toEqual([
      'recurring 2025-01-01 2025-01-15 x1 45.16',
      'recurring 2025-01-15 2025-02-01 x1 109.68',
    ])
  })

  test('is billed with the month in which its period ends, or the subscription does', () => {
    const { run, close } = biller(always(monthly({ timing: 'arrears', interval: 'quarter' })), () => '90')
    const quarterly = life([phase('2025-01-01')], '2025-05-16')
    const bills = months('2025-01', 6).map((month) => {
      const lines = run(quarterly, month).map(shown)
      close(month)
      return lines
    })
    expect(bills).toEqual([
      [],
      [],
      ['recurring 2025-01-01 2025-04-01 x1 90.00'],
      [],
      ['recurring 2025-04-01 2025-05-16 x1 44.51'],
      [],
    ])
  })
})

describe('a charge of one whatever the quantity', () => {
  test('does not notice that the quantity changes', () => {
    const { run } = biller(always(monthly({ basis: 'one' })), () => '31')
    const grown = life([phase('2025-01-01'), phase('2025-01-10', { quantity: '7' })])
    expect(run(grown, '2025-01').map(shown)).toEqual(['recurring 2025-01-01 2025-02-01 x1 31.00'])
  })
})

describe('a one-time charge', () => {
  const setup: ChargeTerms = { chargeId: 'setup', kind: 'oneTime', basis: 'one' }

  test('comes once for ever, whatever becomes of the subscription', () => {
    const { run, close } = biller(always(setup), () => '99')
    const restless = life(
      [
        phase('2025-01-17'),
        phase('2025-02-03', { planVersionId: 'v2', quantity: '3' }),
        phase('2025-03-01', { isSuspended: true }),
        phase('2025-03-09'),
      ],
      '2025-04-02',
    )
    const bills = months('2025-01', 5).flatMap((month) => {
      const lines = run(restless, month)
      close(month)
      return lines
    })
    expect(bills.map(shown)).toEqual(['oneTime 2025-01-17 2025-01-18 x1 99.00'])
  })

  test('comes with the first version that has it', () => {
    const { run } = biller(
      (version) => (version === 'v2' ? [setup] : []),
      () => '99',
    )
    const grown = life([phase('2025-01-01'), phase('2025-02-10', { planVersionId: 'v2' })])
    expect(run(grown, '2025-01')).toEqual([])
    expect(run(grown, '2025-02').map(shown)).toEqual(['oneTime 2025-02-10 2025-02-11 x1 99.00'])
  })
})

describe('a subscription that moves to another edge', () => {
  const view = (sold: { from: string | null; to: string | null }[]) => ({
    termsOf: always(monthly({ interval: 'year' }), { chargeId: 'setup', kind: 'oneTime', basis: 'one' } as const),
    sold,
    knownUntil: null,
    horizon: '2026-01-01T00:00:00Z',
  })
  const pieces = (sold: { from: string | null; to: string | null }[]) =>
    chargePieces(life([phase('2025-02-01')]), view(sold)).map(
      ({ terms, span, due }) => `${terms.chargeId} ${span.from.slice(0, 10)} ${span.to.slice(0, 10)} ${due}`,
    )

  test('is charged by each seller for its own days, and set up by the first only', () => {
    const move = '2025-07-01T00:00:00Z'
    expect(pieces([{ from: null, to: move }])).toEqual([
      'fee 2025-02-01 2025-07-01 2025-02',
      'setup 2025-02-01 2025-02-02 2025-02',
    ])
    expect(pieces([{ from: move, to: null }])).toEqual(['fee 2025-07-01 2026-01-01 2025-07'])
    expect(
      pieces([
        { from: null, to: move },
        { from: move, to: null },
      ]),
    ).toEqual(['fee 2025-02-01 2026-01-01 2025-02', 'setup 2025-02-01 2025-02-02 2025-02'])
  })
})
