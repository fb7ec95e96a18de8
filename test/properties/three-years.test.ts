import { expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Life, Phase } from '../../src/billing/charges.ts'
import { biller, monthly, phase, type SimulatedLine } from '../support/charges.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const months = Array.from({ length: 36 }, (_, index) =>
  Temporal.PlainYearMonth.from('2024-01').add({ months: index }).toString(),
)
const [firstDay, lastDay] = ['2024-01-01', '2026-12-31'].map((day) => Temporal.PlainDate.from(day))
const spanDays = firstDay?.until(lastDay ?? firstDay).days ?? 0
const dayAt = (offset: number): string => firstDay?.add({ days: offset }).toString() ?? ''

/** The days that months differ about, beside any other. */
const startDay = fc.oneof(
  fc.constantFrom('2024-01-29', '2024-01-30', '2024-01-31', '2024-02-29', '2024-03-31'),
  fc.integer({ min: 0, max: 200 }).map(dayAt),
)

const moment = (unit: 'day' | 'second') =>
  fc.tuple(fc.integer({ min: 1, max: spanDays }), fc.integer({ min: 0, max: 86_399 })).map(([offset, second]) => {
    const clock = unit === 'day' ? 0 : second
    return `${dayAt(offset)}T${new Date(clock * 1000).toISOString().slice(11, 19)}Z`
  })

const change = fc.record({
  quantity: fc.constantFrom('1', '2', '3'),
  planVersionId: fc.constantFrom('v1', 'v2'),
  isSuspended: fc.boolean(),
})

const subscription = fc.constantFrom<'day' | 'second'>('day', 'second').chain((unit) =>
  fc.record({
    terms: fc.record({
      unit: fc.constant(unit),
      interval: fc.constantFrom('month', 'quarter', 'year'),
      anchor: fc.constantFrom('calendar', 'start'),
      timing: fc.constantFrom('advance', 'arrears'),
    }),
    start: startDay,
    changes: fc.array(fc.tuple(moment(unit), change), { maxLength: 6 }),
    // What is billed in arrears is complete once it has ended.
    end: fc.integer({ min: 210, max: spanDays - 1 }).map(dayAt),
    hasEnd: fc.boolean(),
  }),
)

type Subscription = typeof subscription extends fc.Arbitrary<infer T> ? T : never

function lifeOf({ terms, start, changes, end, hasEnd }: Subscription): Life {
  const first = phase(start)
  const later = new Map(changes.filter(([from]) => from > first.from).map(([from, to]) => [from, to]))
  const phases: Phase[] = [...later].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([from, to]) => ({ ...to, from }))
  return { phases: [first, ...phases], to: hasEnd || terms.timing === 'arrears' ? `${end}T00:00:00Z` : null }
}

/** How many are served at an instant. */
function servedAt({ phases, to }: Life, at: string): number {
  const now = phases.findLast(({ from }) => from <= at)
  return !now || now.isSuspended || (to !== null && at >= to) ? 0 : Number(now.quantity)
}

const signOf = ({ kind }: SimulatedLine): number => (kind === 'credit' ? -1 : 1)

const billedAt = (lines: readonly SimulatedLine[], at: string): number =>
  lines
    .filter(({ span }) => span.from <= at && at < span.to)
    .reduce((total, line) => total + signOf(line) * Number(line.quantity), 0)

/** Two days of one billed year change in the same month. */
const twiceInAMonth: Subscription = {
  terms: { unit: 'day', interval: 'year', anchor: 'calendar', timing: 'advance' },
  start: '2024-01-29',
  changes: (
    [
      ['2024-01-30', '2', 'v2'],
      ['2026-04-01', '1', 'v1'],
      ['2026-04-02', '2', 'v2'],
      ['2026-04-03', '1', 'v1'],
    ] as const
  ).map(([day, quantity, planVersionId]) => [`${day}T00:00:00Z`, { quantity, planVersionId, isSuspended: false }]),
  end: '2024-07-29',
  hasEnd: false,
}

test('three years of months, each run twice: every second of every life is billed once, and second runs add nothing', () => {
  const endOfAll = '2027-01-01T00:00:00Z'
  fc.assert(
    fc.property(subscription, (one) => {
      const life = lifeOf(one)
      const { run, close } = biller(
        () => [monthly(one.terms)],
        (version, quantity) => (version === 'v1' ? quantity : '7.31'),
      )
      const lines = months.flatMap((month) => {
        const billed = run(life, month)
        expect(run(life, month)).toEqual([])
        close(month)
        return billed
      })
      // Between two of these instants nothing changes, so the first second of each stands for all of them.
      const bounds = [...life.phases.map(({ from }) => from), ...lines.flatMap(({ span }) => [span.from, span.to])]
      for (const at of new Set([...bounds, ...(life.to === null ? [] : [life.to])])) {
        if (at < endOfAll) expect(`${at} x${billedAt(lines, at)}`).toBe(`${at} x${servedAt(life, at)}`)
      }
    }),
    {
      ...fuzzRuns(300),
      examples: [[twiceInAMonth]],
    },
  )
})
