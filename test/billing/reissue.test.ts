import { describe, expect, test } from 'bun:test'
import { currency, decimal, plainText } from '../../src/billing/money.ts'
import { correctionsOf } from '../../src/billing/reissue.ts'
import { refusal } from '../support/refusal.ts'

const lines = [
  { line: 1, net: decimal('500') },
  { line: 2, net: decimal('-20') },
]
const corrected = (...wishes: { line: number; net: string }[]) => correctionsOf(lines, wishes, currency('EUR'))

describe('the lines of a document that is issued anew', () => {
  test('stay as they are where nothing is said, and are corrected in their order', () => {
    expect(corrected()).toEqual([])
    const said = corrected({ line: 2, net: '-10' }, { line: 1, net: '450' })
    expect(said.map(({ line, net }) => `${line}: ${plainText(net)}`)).toEqual(['1: 450', '2: -10'])
  })

  test('may come to nothing', () => {
    expect(corrected({ line: 1, net: '20' })).toHaveLength(1)
  })

  test.each([
    ['an unknown line', [{ line: 9, net: '1' }], 'reissue.line_unknown', '/lines/0/line'],
    ['a line twice', [1, 1].map((line) => ({ line, net: '450' })), 'reissue.line_twice', '/lines/1/line'],
    ['more digits than the currency has', [{ line: 1, net: '0.001' }], 'amount.too_fine', '/lines/0/net'],
    ['a document below zero', [{ line: 1, net: '19.99' }], 'reissue.negative', '/lines'],
  ])('are refused for %s', (_, wishes, code, at) => {
    expect(refusal(() => corrected(...wishes))).toMatchObject({ code, at })
  })
})
