import { describe, expect, test } from 'bun:test'
import { openMonths } from '../../src/billing/posting.ts'
import { openSpreading, type SpanningEvent } from '../../src/modules/verify/usage/spreading.ts'

const month = (period: string, closedAtMicros: string | null = null) => ({
  period,
  spanning: 'split' as const,
  closedAtMicros,
})

/** Twelve hours on either side of the end of September. */
const event = (change: Partial<SpanningEvent> = {}): SpanningEvent => ({
  tenantId: 'tenant',
  key: 'key',
  subscriptionId: 'subscription',
  skuId: 'sku',
  aggregation: 'sum',
  regionId: 'region',
  start: '2024-09-30T12:00:00.000000Z',
  end: '2024-10-01T12:00:00.000000Z',
  quantity: '10',
  posting: '2024-09',
  finishedAtMicros: '200',
  ...change,
})

const spreadOver = (months: Parameters<typeof openMonths>[0], ...events: SpanningEvent[]) => {
  const spreading = openSpreading(openMonths(months))
  for (const one of events) spreading.add(one)
  return spreading.take()
}
const places = (buckets: ReturnType<typeof spreadOver>) =>
  buckets.map(({ day, posting, sum, records }) => [day, posting, sum, records])

describe('where the parts of a record are posted', () => {
  test('each to its own month while both are open, and the record counts on its first day', () => {
    const both = [month('2024-09'), month('2024-10')]
    expect(places(spreadOver(both, event()))).toEqual([
      ['2024-09-30', '2024-09', '5', 1],
      ['2024-10-01', '2024-10', '5', 0],
    ])
  })

  test('both to the next month when the first one was closed', () => {
    const months = [month('2024-09', '100'), month('2024-10')]
    expect(places(spreadOver(months, event({ posting: '2024-10' })))).toEqual([
      ['2024-09-30', '2024-10', '5', 1],
      ['2024-10-01', '2024-10', '5', 0],
    ])
  })

  test.each([
    ['before its batch was done: to the month after', '100', '200', '2024-11'],
    ['after its batch was done: where it was', '300', '200', '2024-10'],
    ['while its batch is not done: to the month after', '100', null, '2024-11'],
  ])('when the later month was closed first, %s', (_, closedAtMicros, finishedAtMicros, posting) => {
    const months = [month('2024-09'), month('2024-10', closedAtMicros), month('2024-11')]
    expect(places(spreadOver(months, event({ finishedAtMicros }))).at(-1)).toEqual(['2024-10-01', posting, '5', 0])
  })

  test('all to the first day where the month says so, and for a maximum always', () => {
    const start = [{ ...month('2024-09'), spanning: 'start' as const }, month('2024-10')]
    expect(places(spreadOver(start, event()))).toEqual([['2024-09-30', '2024-09', '10', 1]])
    const split = [month('2024-09'), month('2024-10')]
    expect(places(spreadOver(split, event({ aggregation: 'max' })))).toEqual([['2024-09-30', '2024-09', '10', 1]])
  })
})

test('the latest start is the last figure, and of two at once the larger one, in any order', () => {
  const months = [month('2024-09'), month('2024-10')]
  const earlier = event({ start: '2024-09-30T00:00:00.000000Z', quantity: '30' })
  const [small, large] = [event({ quantity: '4' }), event({ quantity: '8' })]
  for (const order of [
    [earlier, small, large],
    [large, small, earlier],
    [small, earlier, large],
  ]) {
    const [day] = spreadOver(months, ...order)
    expect(day).toMatchObject({ last: '4', lastAt: large.start, max: '20', records: 3 })
  }
})
