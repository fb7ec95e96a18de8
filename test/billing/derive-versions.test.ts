import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { daysAfter, isWithin, overlap } from '../../src/billing/days.ts'
import { reconcile, type StandingVersion, type WantedVersion } from '../../src/billing/derive-reconcile.ts'
import { type BaseRate, deriveVersions } from '../../src/billing/derive-versions.ts'
import { currency } from '../../src/billing/money.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const eur = currency('EUR')
const base = (
  skuId: string,
  price: string,
  from: string,
  to: string | null,
  change: Partial<BaseRate> = {},
): BaseRate => ({
  rateId: `${skuId} ${price} ${from}`,
  listId: `list of ${from}`,
  skuId,
  scope: 'default',
  currency: eur,
  valid: { from, to },
  rate: { kind: 'per_unit', unitPrice: price },
  ...change,
})
const versionsOf = (rates: readonly BaseRate[], valid = { from: '2026-01-01', to: null as string | null }) =>
  deriveVersions({ method: 'markup', percent: '10' }, valid, rates, eur).map(({ from, to, rates, leftOut }) => ({
    days: [from, to],
    prices: rates.map(({ skuId, rate }) => [skuId, rate.kind === 'per_unit' ? rate.unitPrice : rate.kind]),
    leftOut,
  }))

describe('versions of a derived list', () => {
  test('follow the versions of the base, within the days of the derived list', () =>
    expect(versionsOf([base('a', '1', '2025-01-01', '2026-05-01'), base('a', '2', '2026-05-01', null)])).toEqual([
      { days: ['2026-01-01', '2026-05-01'], prices: [['a', '1.1']], leftOut: [] },
      { days: ['2026-05-01', null], prices: [['a', '2.2']], leftOut: [] },
    ]))
  test('days on which the base asks nothing have none', () =>
    expect(
      versionsOf([base('a', '1', '2026-02-01', '2026-03-01'), base('a', '2', '2026-05-01', '2026-06-01')]).map(
        ({ days }) => days,
      ),
    ).toEqual([
      ['2026-02-01', '2026-03-01'],
      ['2026-05-01', '2026-06-01'],
    ]))
  test('a price for the buyer wins over the one for everybody, on its days', () =>
    expect(
      versionsOf([
        base('a', '10', '2026-01-01', null),
        base('a', '8', '2026-02-01', '2026-03-01', { scope: 'buyer', rateId: 'for me' }),
        base('b', '5', '2026-01-01', null),
      ]).map(({ days, prices }) => [days[0], ...prices]),
    ).toEqual([
      ['2026-01-01', ['a', '11'], ['b', '5.5']],
      ['2026-02-01', ['a', '8.8'], ['b', '5.5']],
      ['2026-03-01', ['a', '11'], ['b', '5.5']],
    ]))
  test('a price that can not be derived is left out and named; the others go on', () =>
    expect(
      deriveVersions(
        { method: 'amountDown', amount: '2' },
        { from: '2026-01-01', to: null },
        [base('a', '1', '2026-01-01', null), base('b', '5', '2026-01-01', null)],
        eur,
      ).map(({ rates, leftOut }) => [rates.map(({ skuId }) => skuId), leftOut]),
    ).toEqual([[['b'], [{ skuId: 'a', reason: 'derive.negative' }]]]))
  test('prices of another currency do not count', () =>
    expect(versionsOf([base('a', '1', '2026-01-01', null, { currency: currency('USD') })])).toEqual([]))
})

const day = (number: number) => daysAfter('2026-01-01', number)
const standing = (change: Partial<StandingVersion>): StandingVersion => ({
  id: 'v',
  from: day(0),
  to: null,
  content: 'a',
  isFrozen: false,
  paperEnd: null,
  ...change,
})
const wanted = (from: number, to: number | null, content: string): WantedVersion => ({
  from: day(from),
  to: to === null ? null : day(to),
  content,
})

describe('following', () => {
  test('nothing changes where the base says what stands', () =>
    expect(reconcile([standing({})], [wanted(0, null, 'a')], day(9))).toEqual({
      remove: [],
      end: [],
      rewrite: [],
      create: [],
      days: null,
    }))
  test('an unused version is rewritten in its place', () => {
    const next = wanted(0, null, 'b')
    expect(reconcile([standing({})], [next], day(9))).toMatchObject({
      rewrite: [{ id: 'v', wanted: next }],
      days: { from: day(0), to: null },
    })
  })
  test('a frozen version ends where the base changes, and a new one goes on', () =>
    expect(reconcile([standing({ isFrozen: true })], [wanted(0, 5, 'a'), wanted(5, null, 'b')], day(30))).toMatchObject(
      {
        end: [{ id: 'v', to: day(5) }],
        create: [{ from: day(5), to: null, content: 'b' }],
        days: { from: day(5), to: null },
      },
    ))
  test('what is on paper stays: the new price comes after it', () =>
    expect(
      reconcile([standing({ isFrozen: true, paperEnd: day(20) })], [wanted(0, 5, 'a'), wanted(5, null, 'b')], day(30)),
    ).toMatchObject({ end: [{ id: 'v', to: day(20) }], create: [{ from: day(20), to: null }] }))
  test('a frozen version that is wrong from its first day on is set right from tomorrow on', () =>
    expect(reconcile([standing({ isFrozen: true })], [wanted(0, null, 'b')], day(9))).toMatchObject({
      end: [{ id: 'v', to: day(9) }],
      create: [{ from: day(9), to: null }],
    }))
  test('a base that ends takes the derived list with it', () => {
    expect(reconcile([standing({ isFrozen: true })], [wanted(0, 5, 'a')], day(2))).toMatchObject({
      end: [{ id: 'v', to: day(5) }],
      create: [],
    })
    expect(reconcile([standing({})], [], day(2)).remove).toEqual(['v'])
  })
})

type Plan = ReturnType<typeof reconcile<WantedVersion>>

/** What stands after a plan was carried out. */
function carriedOut(before: readonly StandingVersion[], plan: Plan): StandingVersion[] {
  const kept = before
    .filter(({ id }) => !plan.remove.includes(id))
    .map((one) => ({ ...one, to: plan.end.find(({ id }) => id === one.id)?.to ?? one.to }))
    .map((one) => ({ ...one, ...plan.rewrite.find(({ id }) => id === one.id)?.wanted }))
  const created = plan.create.map((one, index) => standing({ ...one, id: `new ${index} ${one.from}` }))
  return [...kept, ...created]
}

/** Side by side from random bounds, each with a content or left out. */
const tiling = fc
  .tuple(
    fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 6 }),
    fc.array(fc.constantFrom('a', 'b', 'c', null), { minLength: 6, maxLength: 6 }),
    fc.boolean(),
  )
  .map(([bounds, contents, isOpen]) => {
    const starts = bounds.toSorted((a, b) => a - b)
    return starts.flatMap((from, index) => {
      const content = contents[index] ?? null
      const to = starts[index + 1] ?? (isOpen ? null : 70)
      return content === null ? [] : [wanted(from, to, content)]
    })
  })

test('after following, every day has the wanted price or that of a frozen version; asking again says nothing', () =>
  fc.assert(
    fc.property(
      tiling,
      tiling,
      fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      fc.integer({ min: 0, max: 70 }),
      (was, wants, frozen, today) => {
        const before = was.map((one, index) => standing({ ...one, id: `v${index}`, isFrozen: frozen[index] ?? false }))
        const plan = reconcile(before, wants, day(today))
        const after = carriedOut(before, plan)
        for (const [index, one] of after.entries())
          for (const other of after.slice(index + 1)) expect(overlap(one, other)).toBeNull()
        for (let number = 0; number <= 75; number += 1) {
          const stands = after.find((one) => isWithin(one, day(number)))
          const wished = wants.find((one) => isWithin(one, day(number)))
          if (stands?.isFrozen) expect(before.find(({ id }) => id === stands.id)?.content).toBe(stands.content)
          else expect(stands?.content).toBe(wished?.content as string)
        }
        const again = reconcile(after, wants, day(today))
        expect([again.remove, again.rewrite, again.create, again.days]).toEqual([[], [], [], null])
      },
    ),
    fuzzRuns(2_000),
  ))
