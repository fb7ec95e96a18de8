import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { appliedOf, creditedTax, creditsOf } from '../../src/billing/credit-note.ts'
import { currency, decimal, plainText, sum } from '../../src/billing/money.ts'
import { peerCases } from '../support/cases.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

const eur = currency('EUR')
const d = (text: string) => decimal(text)
const lines = [
  { line: 1, net: d('100'), credited: d('0') },
  { line: 2, net: d('50'), credited: d('20') },
  { line: 3, net: d('-10'), credited: d('0') },
]
const said = (wishes?: Parameters<typeof creditsOf>[1]) =>
  creditsOf(lines, wishes).map(({ line, net }) => `${line}: ${plainText(net)}`)

describe('what a credit note takes back', () => {
  test('without wishes is all that is left of every line, of a negative one too: the document is undone', () => {
    expect(said()).toEqual(['1: 100', '2: 30', '3: -10'])
  })

  test('is a part of a line, or all that is left of it, in the order of the lines', () => {
    const wishes = [
      { line: 2, net: null },
      { line: 1, net: d('0.01') },
    ]
    expect(said(wishes)).toEqual(['1: 0.01', '2: 30'])
  })

  test.each([
    ['more than is left', [{ line: 2, net: d('30.01') }], 'credit.over_line', '/lines/0/net'],
    ['an unknown line', [{ line: 9, net: null }], 'credit.line_unknown', '/lines/0/line'],
    [
      'a line twice',
      [
        { line: 1, net: d('1') },
        { line: 1, net: d('1') },
      ],
      'credit.line_twice',
      '/lines/1/line',
    ],
    ['nothing', [{ line: 3, net: null }], 'credit.nothing_left', '/lines'],
  ] as const)('is refused for %s', (_, wishes, code, at) => {
    expect(refusal(() => creditsOf(lines, wishes))).toMatchObject({ code, at })
  })
})

describe('the tax of a credit', () => {
  const peers = (peerCases() ?? []).filter(({ model }) => model === 'credit_note_partial_tax')
  test.skipIf(peers.length === 0).each(peers)('$id', ({ params, expected, expected_detail: detail }) => {
    const {
      line_net: net,
      taxes,
      credited_net: credited,
    } = params as {
      line_net: string
      taxes: string[]
      credited_net: string
    }
    const jpy = currency('JPY')
    const parts = taxes.map((amount) =>
      creditedTax({ base: d(net), amount: d(amount), creditedBase: d('0') }, d(credited), jpy),
    )
    expect(parts.map(plainText)).toEqual((detail as { tax_parts: string[] }).tax_parts)
    expect(plainText(sum(parts))).toBe(expected)
  })

  test('of any series of notes adds up to the tax exactly once all of its base is credited', () => {
    const cents = fc.integer({ min: 1, max: 5_000 })
    fc.assert(
      fc.property(fc.array(cents, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 3_000 }), (parts, tax) => {
        const nets = parts.map((part) => d(String(part)).times('0.01'))
        const [base, amount] = [sum(nets), d(String(tax)).times('0.01')]
        let creditedBase = d('0')
        const taken = nets.map((net) => {
          const part = creditedTax({ base, amount, creditedBase }, net, eur)
          creditedBase = creditedBase.plus(net)
          return part
        })
        expect(plainText(sum(taken))).toBe(plainText(amount))
      }),
      fuzzRuns(5_000),
    )
  })
})

test.each([
  ['40', '100', '40', '60'],
  ['100', '40', '40', '0'],
  ['0', '40', '0', '40'],
])('of %s open a note of %s takes off %s and leaves %s as credit', (open, total, applied, rest) => {
  const found = appliedOf(d(open), d(total))
  expect([plainText(found.applied), plainText(found.rest)]).toEqual([applied, rest])
})
