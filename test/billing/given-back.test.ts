import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { type DiscountableLine } from '../../src/billing/discount.ts'
import { givenUpWith, giveUp, type ServiceBack } from '../../src/billing/given-back.ts'
import { currency, decimal, sum } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const back = (net: string, line = 1, change: Partial<DiscountableLine> = {}): DiscountableLine => ({
  line,
  subscriptionId: 's1',
  skuId: 'k1',
  serviceEnd: '2024-10-01',
  quantity: '-10',
  net,
  ...change,
})
/** A service of this net, with so much off it by each discount. */
const service = (net: string, off: Record<string, string>, lines = [1]): ServiceBack => ({
  lines,
  net,
  reductions: Object.entries(off).map(([discountId, amount]) => ({ discountId, amount, resource: null, share: null })),
})
const givenUp = (lines: readonly DiscountableLine[], ...services: ServiceBack[]): string[] =>
  giveUp(lines, services, eur).map(({ line, discountId, amount }) => `${line} ${discountId} ${amount}`)

describe('a line that gives back', () => {
  test('gives back its share of what was paid, whatever took the rest off', () => {
    expect(givenUp([back('-50.00')], service('100.00', { tenth: '10.00' }))).toEqual(['1 tenth -5.00'])
    expect(givenUp([back('-25.00')], service('100.00', { amount: '30.00', units: '20.00' }))).toEqual([
      '1 amount -7.50',
      '1 units -5.00',
    ])
  })

  test('gives back nothing of what was free, and everything with the last of it', () => {
    expect(givenUp([back('-50.58')], service('98.00', { all: '98.00' }))).toEqual(['1 all -50.58'])
    expect(givenUp([back('-33.33'), back('-66.67', 2)], service('100.00', { a: '0.01' }, [1, 2]))).toEqual([
      '2 a -0.01',
    ])
  })

  test('gives all of a discount back, and no more, where it gives back more than stands', () => {
    expect(givenUp([back('-500.00')], service('100.00', { a: '10.00' }))).toEqual(['1 a -10.00'])
    expect(givenUp([back('-5.00')], service('0', { a: '0' }))).toEqual([])
  })

  test('leaves what is charged, and services of other lines, alone', () => {
    expect(givenUp([back('50.00'), back('-50.00', 2)], service('100.00', { a: '10.00' }, [1]))).toEqual([])
  })

  const onResource = (share: string, resource = 'vm-1'): ServiceBack => ({
    lines: [1],
    net: '100.00',
    reductions: [{ discountId: 'half', amount: '20.00', resource, share }],
  })
  test.each<[string, Partial<DiscountableLine>, string[]]>([
    ['all of a discount on a resource that used all of it', { used: new Map([['vm-1', '-10']]) }, ['1 half -20.00']],
    ['its share of a resource that used a part', { used: new Map([['vm-1', '-5']]) }, ['1 half -10.00']],
    ['none where other resources used it', { used: new Map([['vm-2', '-10']]) }, []],
    ['none where it used more besides', { used: new Map([['vm-1', '3']]) }, []],
    ['its share of the whole where no quantity is taken back', { quantity: '0' }, ['1 half -8.00']],
  ])('gives back %s', (_, change, expected) =>
    expect(givenUp([back('-40.00', 1, change)], onResource('40'))).toEqual(expected),
  )

  test('says what its resource has of it', () =>
    expect(giveUp([back('-40.00', 1, { used: new Map([['vm-1', '-5']]) })], [onResource('40')], eur)).toEqual([
      {
        discountId: 'half',
        line: 1,
        base: '-40.00',
        amount: '-10.00',
        share: { resource: 'vm-1', used: '-5', quantity: '-10', left: '-20' },
      },
    ]))
})

test('however much is given back at once: never more than was paid, no discount below nothing, all of both in the end', () => {
  const anyService = fc
    .array(fc.record({ off: fc.integer({ min: 0, max: 5_000 }), part: fc.integer({ min: 0, max: 100 }) }), {
      maxLength: 4,
    })
    .chain((offs) => {
      const least = offs.reduce((total, { off }) => total + off, 0)
      return fc.record({ offs: fc.constant(offs), net: fc.integer({ min: Math.max(1, least), max: least + 10_000 }) })
    })
  const cents = (amount: number): string => (amount / 100).toFixed(2)
  fc.assert(
    fc.property(anyService, fc.array(fc.nat(10_000), { maxLength: 6 }), ({ offs, net }, steps) => {
      const amounts: number[] = []
      for (const step of steps) amounts.push(Math.min(step, net - amounts.reduce((all, one) => all + one, 0)))
      amounts.push(net - amounts.reduce((all, one) => all + one, 0))
      const wanted = amounts.filter((amount) => amount > 0)
      const lines = wanted.map((amount, index) =>
        back(cents(-amount), index + 1, { used: new Map([['vm', String(-((index * 7) % 11))]]) }),
      )
      const stands: ServiceBack = {
        lines: lines.map(({ line }) => line),
        net: cents(net),
        reductions: offs.map(({ off, part }, index) => ({
          discountId: `d${index}`,
          amount: cents(off),
          resource: index % 2 === 0 ? null : 'vm',
          share: cents((net * part) / 100),
        })),
      }
      const given = giveUp(lines, [stands], eur)
      const paid = net - offs.reduce((total, { off }) => total + off, 0)
      let paidBack = decimal('0')
      for (const one of lines) {
        const own = sum(given.filter(({ line }) => line === one.line).map(({ amount }) => decimal(amount)))
        expect(own.greaterThanOrEqualTo(one.net) && own.lessThanOrEqualTo(0)).toBe(true)
        paidBack = paidBack.plus(own).minus(one.net)
        expect(paidBack.lessThanOrEqualTo(cents(paid))).toBe(true)
      }
      expect(paidBack.toFixed(2)).toBe(cents(paid))
      offs.forEach(({ off }, index) => {
        const own = given.filter(({ discountId }) => discountId === `d${index}`)
        expect(sum(own.map(({ amount }) => decimal(amount))).toFixed(2)).toBe(off === 0 ? '0.00' : cents(-off))
      })
    }),
    fuzzRuns(2_000),
  )
})

test('the credits of a line give up its discounts by their share, never more, and all of them with the last of it', () => {
  const anyLine = fc.record({
    paid: fc.integer({ min: 1, max: 10_000 }),
    offs: fc.array(fc.nat(5_000), { maxLength: 4 }),
    sign: fc.constantFrom(1, -1),
  })
  const amount = (cents: number) => decimal((cents / 100).toFixed(2))
  fc.assert(
    fc.property(
      anyLine,
      fc.array(fc.integer({ min: 1, max: 4_000 }), { maxLength: 6 }),
      ({ paid, offs, sign }, steps) => {
        let [left, reductions] = [
          paid,
          offs.map((off, index) => ({ discountId: `d${index}`, amount: amount(sign * off) })),
        ]
        const credit = (now: number): void => {
          const figures = { left: amount(sign * left), now: amount(sign * now) }
          const given = new Map(givenUpWith(reductions, figures, eur).map((one) => [one.discountId, one.amount]))
          reductions = reductions.map((one) => {
            const rest = one.amount.minus(given.get(one.discountId) ?? '0')
            expect(rest.times(sign).greaterThanOrEqualTo(0) && rest.abs().lessThanOrEqualTo(one.amount.abs())).toBe(
              true,
            )
            return { ...one, amount: rest }
          })
          left -= now
        }
        for (const step of steps) if (step < left) credit(step)
        credit(left)
        expect(reductions.every((one) => one.amount.isZero())).toBe(true)
        expect(givenUpWith(reductions, { left: amount(0), now: amount(0) }, eur)).toEqual([])
      },
    ),
    fuzzRuns(2_000),
  )
})
