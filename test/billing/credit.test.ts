import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { drawCredit, drawFrom } from '../../src/billing/credit.ts'
import { documentTotals } from '../../src/billing/invoice.ts'
import { currency, decimal } from '../../src/billing/money.ts'
import { documentTaxes } from '../../src/billing/tax.ts'
import { peerCases } from '../support/cases.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const totalOf = (net: string, percent: string): string => {
  const lines = [{ net, taxes: [{ category: 'S' as const, name: 'VAT', percent, reason: null }] }]
  return documentTotals(lines, documentTaxes(lines, eur), eur).total
}

test('C11: 60 and 10 % tax are 66; less credit notes of 20 and 30 prepaid, 16.00 are due', () => {
  const total = totalOf('60.00', '10')
  const { due } = drawCredit(total, '20.00', eur)
  expect([total, due, drawCredit(due, '30.00', eur).due]).toEqual(['66.00', '46.00', '16.00'])
})

const peers = peerCases()
describe.skipIf(!peers)('cases of other billing systems', () => {
  const wallets = (peers ?? []).filter(({ model }) => model === 'prepaid_wallet')
  test.each(wallets.map((peer) => [`${peer.id} (${peer.model})`, peer] as const))(
    '%s',
    (_, { params, expected, expected_detail: detail }) => {
      const total = totalOf(String(params['net']), String(params['tax_percent']))
      const { drawn, left, due } = drawCredit(total, String(params['balance_before']), eur)
      const payable = decimal(String(detail['payable'])).toFixed(2)
      expect([drawn, left, due]).toEqual([expected, String(detail['balance_after']), payable])
    },
  )
})

test('nothing is drawn for what is not owed, nothing below zero, and nothing is lost', () => {
  const cents = fc.integer({ min: -100_000, max: 100_000 })
  fc.assert(
    fc.property(cents, fc.nat(100_000), (owed, has) => {
      const [total, balance] = [(owed / 100).toFixed(2), (has / 100).toFixed(2)]
      const { drawn, left, due } = drawCredit(total, balance, eur)
      expect(decimal(drawn).plus(left).equals(balance) && decimal(drawn).plus(due).equals(total)).toBe(true)
      expect(decimal(left).isNegative() && !decimal(left).isZero()).toBe(false)
      expect(decimal(drawn).equals(Math.max(0, Math.min(owed, has)) / 100)).toBe(true)
    }),
    fuzzRuns(500),
  )
})

describe('granted credit', () => {
  const grant = (id: string, left: string, validTo: string | null) => ({ id, left, validTo })

  test('pays first what ends first, then the older, then what never ends, and money last', () => {
    const purse = {
      grants: [grant('d', '1.00', null), grant('b', '1.00', '2024-10-01'), grant('a', '1.00', '2024-10-01')],
      balance: '10.00',
    }
    const soonest = { ...purse, grants: [...purse.grants, grant('c', '1.00', '2024-09-02')] }
    const { draws, due } = drawFrom('4.50', soonest, eur)
    expect(draws.map(({ grantId, amount }) => `${grantId} ${amount}`)).toEqual([
      'c 1.00',
      'a 1.00',
      'b 1.00',
      'd 1.00',
      'null 0.50',
    ])
    expect(due).toBe('0.00')
  })

  test('uses no money while a gift is left, and loses nothing', () => {
    const cents = fc.nat(10_000)
    const gift = fc.record({ left: cents, day: fc.constantFrom('2024-09-01', '2024-10-01', null) })
    fc.assert(
      fc.property(cents, fc.array(gift, { maxLength: 6 }), cents, (owed, gifts, money) => {
        const text = (amount: number) => (amount / 100).toFixed(2)
        const grants = gifts.map(({ left, day }, index) => grant(String(index), text(left), day))
        const { draws, purse, due } = drawFrom(text(owed), { grants, balance: text(money) }, eur)
        const total = (some: readonly string[]) => some.reduce((sum, one) => sum.plus(decimal(one)), decimal('0'))
        const drawn = total(draws.map(({ amount }) => amount))
        const left = total([purse.balance, ...purse.grants.map((one) => one.left)])
        expect(drawn.plus(due).equals(decimal(text(owed)))).toBe(true)
        expect(drawn.plus(left).equals(total([text(money), ...grants.map((one) => one.left)]))).toBe(true)
        const isMoneyUsed = draws.some(({ grantId }) => grantId === null)
        expect(isMoneyUsed && purse.grants.some((one) => !decimal(one.left).isZero())).toBe(false)
      }),
      fuzzRuns(500),
    )
  })
})
