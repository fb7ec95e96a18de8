import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { lineDifferences, type PaperLine } from '../../src/billing/correction.ts'
import { decimal, plainText, sum } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const line = (key: string, net: string, change: Partial<PaperLine> = {}): PaperLine => ({
  key,
  documentId: 'one',
  line: 1,
  net: decimal(net),
  left: decimal(net),
  obstacle: null,
  ...change,
})
const right = (key: string, net: string | null) => ({ key, net: net === null ? null : decimal(net) })
const said = (paper: readonly PaperLine[], wanted: readonly ReturnType<typeof right>[]) =>
  lineDifferences(paper, wanted).map(({ key, credits, charge }) => {
    const given = credits.map(({ documentId, net }) => `${documentId} ${plainText(net)}`).join(', ')
    return `${key}: ${given || 'no credit'}, charge ${plainText(charge)}`
  })

describe('what a correction makes of lines', () => {
  test('credits what is too much, charges what is too little, and leaves alone what is right', () => {
    const paper = [line('a', '500'), line('b', '10'), line('c', '7')]
    expect(said(paper, [right('a', '450'), right('b', '12'), right('c', '7')])).toEqual([
      'a: one 50, charge 0',
      'b: no credit, charge 2',
    ])
  })

  test('takes a line away that should not be, and makes one that was not', () => {
    expect(said([line('a', '5')], [right('b', '3')])).toEqual(['a: one 5, charge 0', 'b: no credit, charge 3'])
  })

  test('takes back what corrections charged before, once the line itself has no more', () => {
    const paper = [line('a', '10'), line('a', '5', { documentId: 'two' })]
    expect(said(paper, [right('a', '3')])).toEqual(['a: one 10, two 2, charge 0'])
  })

  test('leaves alone what waits for a price and is on no paper', () => {
    expect(said([line('a', '5')], [right('a', '5'), right('b', null)])).toEqual([])
  })

  test.each([
    ['what can not be computed', [line('a', '5')], [right('a', null)], 'correction.unknown'],
    [
      'a line under a discount',
      [line('a', '5', { obstacle: 'correction.discounted' })],
      [right('a', '4')],
      'correction.discounted',
    ],
    ['more than is left of a line', [line('a', '5', { left: decimal('1') })], [right('a', '3')], 'correction.not_left'],
    ['a line below zero that should be lower', [line('a', '-5')], [right('a', '-6')], 'correction.not_left'],
  ] as const)('is refused for %s', (_, paper, wanted, code) => {
    expect(refusal(() => lineDifferences(paper, wanted))).toMatchObject({ code })
  })

  test('comes to exactly what lies between paper and right, and finds nothing when it is looked at again', () => {
    const cents = fc.integer({ min: 0, max: 100_000 }).map((amount) => decimal(String(amount)).dividedBy(100))
    const keyed = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), cents), {
      selector: ([key]) => key,
    })
    fc.assert(
      fc.property(keyed, keyed, (paper, wanted) => {
        const lines = paper.map(([key, net], index) => line(key, plainText(net), { line: index + 1 }))
        const wishes = wanted.map(([key, net]) => ({ key, net }))
        const differences = lineDifferences(lines, wishes)
        const credits = sum(differences.flatMap((one) => one.credits.map(({ net }) => net)))
        const charges = sum(differences.map(({ charge }) => charge))
        const between = sum(wanted.map(([, net]) => net)).minus(sum(paper.map(([, net]) => net)))
        expect(plainText(charges.minus(credits))).toBe(plainText(between))
        const after = wishes.map(({ key, net }) => line(key, plainText(net)))
        expect(lineDifferences(after, wishes)).toEqual([])
      }),
      fuzzRuns(500),
    )
  })
})
