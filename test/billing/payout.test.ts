import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { imbalances, postingsOfPayout } from '../../src/billing/ledger.ts'
import { currency, decimal, sum } from '../../src/billing/money.ts'
import { balancesOf, payIn, whyCarried } from '../../src/billing/payout.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const due = (minimum: string, ...amounts: string[]) => {
  const owed = amounts.map((amount) => ({ payeeId: 'one', amount }))
  return balancesOf(owed, decimal(minimum)).map(({ amount, isDue }) => [amount.toFixed(2), isDue])
}

test('E22: with a minimum of 50.00, 49.99 is carried, and paid as 50.00 with the 0.01 of the next month', () => {
  expect(due('50.00', '49.99')).toEqual([['49.99', false]])
  expect(due('50.00', '49.99', '0.01')).toEqual([['50.00', true]])
})

test('G5: a balance of 4.99 is below a minimum of 5.00, and 5.00 is not', () => {
  expect(due('5.00', '4.99')).toEqual([['4.99', false]])
  expect(due('5.00', '5.00')).toEqual([['5.00', true]])
})

test('a negative balance is carried, and comes off what is earned later; nothing is no payment', () => {
  expect(due('0', '-14.70')).toEqual([['-14.70', false]])
  expect(due('0', '-14.70', '20.00')).toEqual([['5.30', true]])
  expect(due('0', '0.00')).toEqual([['0.00', false]])
})

test('what is due and what is carried add up to all that is owed', () => {
  const owed = fc.array(
    fc.record({ payeeId: fc.constantFrom('a', 'b', 'c'), cents: fc.integer({ min: -9999, max: 9999 }) }),
  )
  fc.assert(
    fc.property(owed, fc.integer({ min: 0, max: 9999 }), (rows, minimum) => {
      const all = rows.map(({ payeeId, cents }) => ({
        payeeId,
        amount: decimal(cents.toString()).dividedBy(100).toFixed(2),
      }))
      const balances = balancesOf(all, decimal(minimum.toString()).dividedBy(100))
      const total = sum(balances.map(({ amount }) => amount))
      expect(total.equals(sum(all.map(({ amount }) => decimal(amount))))).toBe(true)
      for (const { amount, isDue } of balances) expect(isDue && amount.lessThan('0.01')).toBe(false)
    }),
    fuzzRuns(1_000),
  )
})

const [eur, usd, jpy] = [currency('EUR'), currency('USD'), currency('JPY')]
const payerId = '019f0000-0000-7000-8000-000000000001'

test('a payment in another currency is converted once, rounded half away from zero; without a rate it is carried on', () => {
  const paid = payIn(decimal('100.05'), eur, usd, { id: 'rate', rate: '1.1' })
  expect([paid?.amount.toFixed(2), paid?.currency, paid?.fxRateId]).toEqual(['110.06', usd, 'rate'])
  expect(payIn(decimal('100.05'), eur, jpy, { id: 'rate', rate: '162.345' })?.amount.toFixed()).toBe('16243')
  expect(payIn(decimal('100.05'), eur, eur, undefined)?.amount.toFixed(2)).toBe('100.05')
  const [balance] = balancesOf([{ payeeId: 'one', amount: '100.05' }], decimal('0'))
  expect(payIn(balance!.amount, eur, usd, undefined)).toBeUndefined()
  expect(whyCarried(balance!, undefined)).toBe('no_exchange_rate')
  expect(whyCarried(balance!, paid)).toBeNull()
})

test('what is less than the least unit of the other currency is carried on, not paid as 0', () => {
  const [balance] = balancesOf([{ payeeId: 'one', amount: '0.01' }], decimal('0'))
  expect(whyCarried(balance!, payIn(balance!.amount, eur, jpy, { id: 'rate', rate: '1.5' }))).toBe('below_minimum')
})

test('a batch in two currencies balances in each of them, and what comes back takes back exactly that', () => {
  const exchanged = [{ amount: '100.05', paidCurrency: usd, paidAmount: '110.06' }]
  const sent = postingsOfPayout({ payerId, currency: eur, amount: '150.05', exchanged })
  expect(sent.map(({ account, currency: code, amount }) => `${account} ${code} ${amount}`)).toEqual([
    'commission_payable EUR 150.05',
    'fx_difference EUR -100.05',
    'bank EUR -50.00',
    'fx_difference USD 110.06',
    'bank USD -110.06',
  ])
  const back = postingsOfPayout({
    payerId,
    currency: eur,
    amount: '-100.05',
    exchanged: [{ amount: '-100.05', paidCurrency: usd, paidAmount: '-110.06' }],
  })
  expect(back.map(({ account, currency: code, amount }) => `${account} ${code} ${amount}`)).toEqual([
    'commission_payable EUR -100.05',
    'fx_difference EUR 100.05',
    'fx_difference USD -110.06',
    'bank USD 110.06',
  ])
})

test('whatever is paid in whichever currencies, the books balance', () => {
  const part = fc.record({
    cents: fc.integer({ min: 1, max: 99_999_999 }),
    to: fc.constantFrom(eur, usd, jpy),
    rate: fc.integer({ min: 1, max: 9_999_999 }),
  })
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const exchanged = parts.flatMap(({ cents, to, rate }) => {
        const amount = decimal(cents.toString()).dividedBy(100)
        const paid = payIn(amount, eur, to, { id: 'rate', rate: decimal(rate.toString()).dividedBy(10_000).toFixed(4) })
        return paid?.fxRateId
          ? [{ amount: amount.toFixed(2), paidCurrency: to, paidAmount: paid.amount.toFixed() }]
          : []
      })
      const amount = sum(parts.map(({ cents }) => decimal(cents.toString()).dividedBy(100))).toFixed(2)
      expect(imbalances(postingsOfPayout({ payerId, currency: eur, amount, exchanged }))).toEqual([])
    }),
    fuzzRuns(1_000),
  )
})
