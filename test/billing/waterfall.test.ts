import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { edgesOf } from '../../src/billing/chain.ts'
import { currency, decimal, Decimal, plainText, roundToMinor, sum, zero } from '../../src/billing/money.ts'
import { rate } from '../../src/billing/rate.ts'
import {
  convert,
  inReporting,
  tradesAfter,
  tradesOf,
  waterfall,
  waterfallGap,
  waterfallOfTrades,
} from '../../src/billing/waterfall.ts'
import { chainShapes } from '../support/chains.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { quantities, rates, tiersOf } from '../support/rates.ts'
import { refusal } from '../support/refusal.ts'

const eur = currency('EUR')
const known = (amount: string | null) => (amount === null ? null : decimal(amount))
const cascade = (cost: string | null, ...totals: (string | null)[]) =>
  waterfall({
    platformCost: known(cost),
    edges: totals.map((total, index) => ({ sellerId: `s${index}`, total: known(total) })),
  })
const margins = (cost: string | null, ...totals: (string | null)[]) =>
  cascade(cost, ...totals).margins.map(({ margin }) => (margin === null ? null : plainText(margin)))

describe('worked cases', () => {
  test.each([
    ['15', '5'],
    ['17', '7'],
    ['14', '4'],
    ['7', '-3'],
    ['8', '-2'],
  ])('D1: bought at 10 and sold at %s leaves %s', (price, margin) => expect(margins('10', price)).toEqual([margin]))

  test.each([
    ['10', '13', '15', ['3', '2']],
    ['10', '13', '11', ['3', '-2']],
    ['10', '8', '10', ['-2', '2']],
    ['10', '8', '8', ['-2', '0']],
  ])('D2: developer %s, wholesale %s, selling %s', (cost, wholesale, selling, expected) =>
    expect(margins(cost, wholesale, selling)).toEqual(expected),
  )

  test('D3 and D4: passed through above or below, the margin of 2 is with the one whose plan gives 100', () => {
    expect([margins('98', '98', '100'), margins('98', '100', '100')]).toEqual([
      ['0', '2'],
      ['2', '0'],
    ])
  })

  test('D8: cost plus 8 % plus 12 %', () => {
    const prices = [
      '100.00',
      plainText(decimal('100').times('1.08')),
      plainText(decimal('100').times('1.08').times('1.12')),
    ]
    expect(prices).toEqual(['100.00', '108', '120.96'])
    expect(margins('100.00', ...prices)).toEqual(['0', '8', '12.96'])
    expect([new Decimal(800).div(108), new Decimal(1296).div('120.96')].map((share) => share.toFixed(4))).toEqual([
      '7.4074',
      '10.7143',
    ])
  })

  const shares = (list: Decimal, percents: readonly string[]) =>
    percents.map((percent) => roundToMinor(list.times(percent).div(100), eur).toFixed(2))

  test('D9: a discount off list on every edge', () => {
    const list = rate({ kind: 'graduated', tiers: tiersOf(['1000', '0.10'], [null, '0.08']) }, decimal('1200')).amount
    const [cost, ...totals] = shares(list, ['55', '75', '85', '100'])
    expect([cost, ...totals]).toEqual(['63.80', '87.00', '98.60', '116.00'])
    expect(margins(cost!, ...totals)).toEqual(['23.2', '11.6', '17.4'])
    expect(cascade(cost!, ...totals).sum?.toFixed(2)).toBe('52.20')
  })

  test('D10: rounding down the chain loses nothing', () => {
    const list = rate({ kind: 'per_unit', unitPrice: '0.0149' }, decimal('333')).amount
    const [cost, ...totals] = shares(list, ['60', '80', '88', '100'])
    expect([cost, ...totals]).toEqual(['2.98', '3.97', '4.37', '4.96'])
    expect(margins(cost!, ...totals)).toEqual(['0.99', '0.4', '0.59'])
    expect(plainText(waterfallGap(cascade(cost!, ...totals))!)).toBe('0')
  })

  test('D13: a skipped level has no edge and no row', () => {
    const edges = edgesOf({
      platformId: 'O',
      distributor: null,
      partner: { id: 'P', model: 'reseller' },
      tenantId: 'T',
    })
    const result = waterfall({
      platformCost: decimal('60'),
      edges: edges.map(({ seller }, index) => ({ sellerId: seller.id, total: decimal(['85', '100'][index]!) })),
    })
    expect(result.margins.map(({ sellerId, margin }) => [sellerId, plainText(margin!)])).toEqual([
      ['O', '25'],
      ['P', '15'],
    ])
  })
})

describe('what is unknown', () => {
  test('without a cost list the margin of the platform is unknown, not 0, and so is the equation', () => {
    const unknown = cascade(null, '85', '100')
    expect(unknown.margins.map(({ margin }) => margin && plainText(margin))).toEqual([null, '15'])
    expect([unknown.sum, waterfallGap(unknown)]).toEqual([null, null])
  })

  test('an edge without an amount leaves both its sides unknown', () => {
    expect(margins('60', null, '100')).toEqual([null, null])
    expect(waterfallGap(cascade('60', null, '100'))).toBeNull()
    expect(cascade('60', null, '100').sum?.toFixed()).toBe('40')
  })
})

describe('currencies', () => {
  test('an unrounded amount is converted exactly, and only by a rate above zero', () => {
    expect(plainText(convert(decimal('4.9617'), decimal('1.08765')))).toBe('5.396593005')
    expect(refusal(() => convert(decimal('1'), zero))).toEqual({ code: 'fx.rate_invalid', at: '/rate' })
    expect(refusal(() => convert(decimal('1'), decimal('-1'))).code).toBe('fx.rate_invalid')
  })

  test('a reported figure is converted and rounded; without a rate it is unknown', () => {
    expect(inReporting(decimal('100.00'), decimal('0.91235'), eur)?.toFixed(2)).toBe('91.24')
    expect([inReporting(null, decimal('1'), eur), inReporting(decimal('1'), null, eur)]).toEqual([null, null])
  })
})

test('tenant total - platform cost = sum of margins, on every shape of chain, for every price and rounding', () => {
  const pinned = fc.integer({ min: 1, max: 200_000 }).map((rate) => new Decimal(rate).div(10_000))
  const priceOfEdge = fc.tuple(rates, pinned)
  const cases = fc.record({
    shape: fc.constantFrom(...chainShapes),
    prices: fc.array(priceOfEdge, { minLength: 4, maxLength: 4 }),
    usage: fc.array(quantities, { minLength: 1, maxLength: 4 }),
  })
  fc.assert(
    fc.property(cases, ({ shape: [distributor, partner], prices, usage }) => {
      const reported = ([terms, fx]: [Parameters<typeof rate>[0], Decimal]) =>
        sum(usage.map((quantity) => inReporting(roundToMinor(rate(terms, quantity).amount, eur), fx, eur)!))
      const edges = edgesOf({
        platformId: 'O',
        distributor: distributor && { id: 'D', model: distributor },
        partner: partner && { id: 'P', model: partner },
        tenantId: 'T',
      })
      const totals = edges.map(({ seller }, index) => ({ sellerId: seller.id, total: reported(prices[index]!) }))
      const result = waterfall({ platformCost: reported(prices[3]!), edges: totals })
      const added = sum(result.margins.map(({ margin }) => margin!))
      expect(result.margins).toHaveLength(edges.length)
      expect(plainText(added)).toBe(plainText(totals.at(-1)!.total.minus(result.platformCost!)))
      expect(plainText(waterfallGap(result)!)).toBe('0')
    }),
    fuzzRuns(1_000),
  )
})

describe('many chains together', () => {
  const chainOf = ([distributor, partner]: (typeof chainShapes)[number], number: number) =>
    edgesOf({
      platformId: 'O',
      distributor: distributor && { id: `D${number % 2}-${distributor}`, model: distributor },
      partner: partner && { id: `P${number % 3}-${partner}`, model: partner },
      tenantId: `T${number}`,
    })
  const amounts = fc.integer({ min: -1_000_000, max: 100_000_000 }).map((cents) => new Decimal(cents).div(100))
  const cascades = fc.array(
    fc.record({
      shape: fc.constantFrom(...chainShapes),
      number: fc.nat(5),
      totals: fc.array(amounts, { minLength: 4, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  const toCascade = ({
    shape,
    number,
    totals,
  }: {
    shape: (typeof chainShapes)[number]
    number: number
    totals: Decimal[]
  }) => ({
    platformCost: totals[3]!,
    edges: chainOf(shape, number).map(({ seller }, index) => ({ sellerId: seller.id, total: totals[index]! })),
  })

  test('10,000 random branches with agents, resellers and skipped tiers conserve to the cent', () => {
    fc.assert(
      fc.property(cascades, (given) => {
        const chains = given.map(toCascade)
        const whole = waterfallOfTrades(tradesOf(chains))
        expect(plainText(waterfallGap(whole)!)).toBe('0')
        const ofChains = sum(chains.map((chain) => waterfall(chain).sum!))
        expect(plainText(whole.sum!)).toBe(plainText(ofChains))
      }),
      fuzzRuns(10_000),
    )
  })

  test('one unknown cost makes the margin of its seller unknown, and nobody else’s', () => {
    const branch = tradesOf([
      {
        platformCost: decimal('6'),
        edges: [
          { sellerId: 'O', total: decimal('8') },
          { sellerId: 'D', total: decimal('9') },
        ],
      },
      { platformCost: null, edges: [{ sellerId: 'O', total: decimal('5') }] },
    ])
    const { margins, sum: whole } = waterfallOfTrades(branch)
    expect(margins.map(({ margin }) => margin && plainText(margin))).toEqual([null, '1'])
    expect(whole).toBeNull()
  })
})

describe('after credit notes', () => {
  const before = tradesOf([
    {
      platformCost: decimal('60'),
      edges: [
        { sellerId: 'platform', total: decimal('80') },
        { sellerId: 'partner', total: decimal('100') },
      ],
    },
  ])
  const credit = (sellerId: string, buyerId: string, net: string | null) => ({
    sellerId,
    buyerId,
    isToTenant: buyerId === 'tenant',
    net: known(net),
  })

  test('a credit below costs its seller, one above is passed on only by the one that was credited', () => {
    const after = waterfallOfTrades(
      tradesAfter(before, [credit('platform', 'partner', '-8'), credit('partner', 'tenant', '-10')]),
    )
    expect(after.margins.map(({ margin }) => margin && plainText(margin))).toEqual(['12', '18'])
    expect(plainText(after.tenantTotal ?? zero)).toBe('90')
    expect(plainText(waterfallGap(after) ?? decimal('1'))).toBe('0')
  })

  test('what can not be told stays unknown, and never 0', () => {
    const after = waterfallOfTrades(tradesAfter(before, [credit('partner', 'tenant', null)]))
    expect([after.tenantTotal, after.margins[1]?.margin, waterfallGap(after)]).toEqual([null, null, null])
  })

  test('the equation holds on any chain, whatever is credited on any of its edges', () => {
    const cents = fc.integer({ min: -100_000, max: 100_000 }).map((amount) => decimal(String(amount)).dividedBy(100))
    const names = ['platform', 'distributor', 'partner', 'tenant']
    fc.assert(
      fc.property(
        fc.array(cents, { minLength: 2, maxLength: 4 }),
        fc.array(cents, { minLength: 3, maxLength: 3 }),
        (totals, credits) => {
          const [platformCost = null, ...edges] = totals
          const chain = names.slice(0, edges.length)
          const trades = tradesOf([
            { platformCost, edges: edges.map((total, index) => ({ sellerId: chain[index] ?? '', total })) },
          ])
          const adjustments = chain.map((sellerId, index) => {
            const buyerId = chain[index + 1] ?? 'tenant'
            return { sellerId, buyerId, isToTenant: buyerId === 'tenant', net: credits[index] ?? zero }
          })
          expect(plainText(waterfallGap(waterfallOfTrades(tradesAfter(trades, adjustments))) ?? decimal('1'))).toBe('0')
        },
      ),
      fuzzRuns(1_000),
    )
  })
})
