import { describe, expect, test } from 'bun:test'
import { openPeriod, standingOf, type StatementOf } from '../../src/billing/statement.ts'

describe('on whose statement something earned in March belongs', () => {
  const march = '2026-03'
  test.each([
    ['its own, when there is none yet', [], march],
    ['its own, while that is open', [{ period: march, state: 'open' }], march],
    ['its own, when only later ones are closed', [{ period: '2026-04', state: 'paid' }], march],
    ['the next, once it is in review', [{ period: march, state: 'in_review' }], '2026-04'],
    [
      'the first after all that are closed',
      [
        { period: march, state: 'paid' },
        { period: '2026-05', state: 'approved' },
        { period: '2026-06', state: 'open' },
      ],
      '2026-06',
    ],
    [
      'over the end of the year',
      [
        { period: march, state: 'approved' },
        { period: '2026-12', state: 'in_review' },
      ],
      '2027-01',
    ],
  ] as [string, StatementOf[], string][])('%s', (_, statements, expected) => {
    expect(openPeriod(march, statements)).toBe(expected)
  })
})

describe('how an earning stands', () => {
  const facts = { statement: 'open', heldUntil: null, isDisputed: false, isReturned: false } as const
  test.each([
    [{}, 'open'],
    [{ statement: 'in_review' }, 'open'],
    [{ heldUntil: '2026-03-02' }, 'held'],
    [{ heldUntil: '2026-03-01' }, 'open'],
    [{ heldUntil: '2026-03-02', isDisputed: true }, 'disputed'],
    [{ statement: 'approved' }, 'approved'],
    [{ statement: 'approved', isReturned: true }, 'returned'],
    [{ statement: 'paid' }, 'paid'],
  ] as const)('%j is %s on 1 March', (change, expected) => {
    expect(standingOf({ ...facts, ...change }, '2026-03-01')).toBe(expected)
  })
})
