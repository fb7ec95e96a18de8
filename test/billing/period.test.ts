import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import {
  day,
  dayRange,
  daysAfter,
  daysBetween,
  isWithin,
  monthsAfter,
  overlap,
  timeline,
} from '../../src/billing/days.ts'
import {
  daysInPeriod,
  nextPeriod,
  period,
  periodDays,
  periodEnd,
  periodEndInstant,
  periodOfDay,
  periodsAfter,
  periodsBetween,
  periodStart,
  periodStartInstant,
  previousPeriod,
} from '../../src/billing/period.ts'
import { isTimeZone, localDateAt, localDay } from '../../src/billing/zones.ts'
import { fuzzRuns } from '../support/fuzz.ts'
import { refusal } from '../support/refusal.ts'

describe('billing periods', () => {
  test('a period is the calendar month in UTC, half-open', () => {
    expect(periodDays(period('2024-02'))).toEqual({ from: '2024-02-01', to: '2024-03-01' })
    expect([periodStartInstant('2024-12'), periodEndInstant('2024-12')]).toEqual([
      '2024-12-01T00:00:00Z',
      '2025-01-01T00:00:00Z',
    ])
    expect([nextPeriod('2024-12'), previousPeriod('2024-01')]).toEqual(['2025-01', '2023-12'])
    expect(['2023-02', '2024-02', '2024-04', '2024-12'].map(daysInPeriod)).toEqual([28, 29, 30, 31])
    expect(periodOfDay('2024-02-29')).toBe('2024-02')
  })

  test.each(['2024-13', '2024-00', '2024-1', '24-01', '2024-01-01', '', '2024/01'])('%j is no period', (text) =>
    expect(refusal(() => period(text, '/period'))).toEqual({ code: 'period.invalid', at: '/period' }),
  )

  test('periods tile: each ends where the next one starts, and holds exactly its days', () => {
    let month = period('2019-11')
    for (let count = 0; count < 200; count++) {
      expect(periodEnd(month)).toBe(periodStart(nextPeriod(month)))
      expect(previousPeriod(nextPeriod(month))).toBe(month)
      expect(periodOfDay(daysAfter(periodEnd(month), -1))).toBe(month)
      month = nextPeriod(month)
    }
  })
})

describe('days', () => {
  test.each(['2023-02-29', '2024-04-31', '2024-00-10', '2024-01-00', '2024-1-1', 'today', ''])('%j is no day', (text) =>
    expect(refusal(() => day(text, '/from'))).toEqual({ code: 'day.invalid', at: '/from' }),
  )

  test('a range ends after it starts, or never', () => {
    expect(dayRange('2024-02-29', null)).toEqual({ from: '2024-02-29', to: null })
    expect(refusal(() => dayRange('2024-02-01', '2024-02-01', '/valid'))).toEqual({
      code: 'range.empty',
      at: '/valid/to',
    })
  })

  test('months are counted from the anchor: 31 January, 28 February, 31 March', () => {
    const anchored = [0, 1, 2, 3].map((months) => monthsAfter('2025-01-31', months))
    expect(anchored).toEqual(['2025-01-31', '2025-02-28', '2025-03-31', '2025-04-30'])
    expect(monthsAfter('2024-02-29', 12)).toBe('2025-02-28')
    expect(monthsAfter('2024-02-29', 48)).toBe('2028-02-29')
    expect(monthsAfter('2025-03-31', -1)).toBe('2025-02-28')
  })

  test('days are counted across leap days and back', () => {
    expect(daysBetween('2024-02-01', '2024-03-01')).toBe(29)
    expect(daysBetween('2024-03-01', '2024-02-01')).toBe(-29)
    expect(daysAfter('2024-02-28', 2)).toBe('2024-03-01')
  })

  test('ranges are half-open', () => {
    const range = { from: '2024-01-01', to: '2024-02-01' }
    expect(['2023-12-31', '2024-01-01', '2024-01-31', '2024-02-01'].map((d) => isWithin(range, d))).toEqual([
      false,
      true,
      true,
      false,
    ])
    expect(overlap(range, { from: '2024-02-01', to: null })).toBeNull()
    expect(overlap(range, { from: '2024-01-20', to: null })).toEqual({ from: '2024-01-20', to: '2024-02-01' })
    expect(overlap({ from: '2024-01-01', to: null }, { from: '2023-01-01', to: null })?.to).toBeNull()
  })

  test('a timeline tiles its range, and each stretch holds what is valid on every one of its days', () => {
    const start = '2024-01-01'
    const items = fc.array(fc.tuple(fc.integer({ min: -9, max: 40 }), fc.option(fc.integer({ min: 1, max: 30 }))), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(items, (items) => {
        const ranged = items.map(([from, length]) => ({
          valid: { from: daysAfter(start, from), to: length === null ? null : daysAfter(start, from + length) },
        }))
        const stretches = timeline({ from: start, to: '2024-02-01' }, ranged, (valid) => valid[0] ?? null)
        expect(stretches[0]?.from).toBe(start)
        expect(stretches.at(-1)?.to).toBe('2024-02-01')
        for (const [index, { from, to, chosen }] of stretches.entries()) {
          expect(from < to).toBe(true)
          if (index > 0) expect(from).toBe(stretches[index - 1]!.to)
          if (index > 0) expect(chosen).not.toBe(stretches[index - 1]!.chosen)
          for (let d = from; d < to; d = daysAfter(d, 1))
            expect(ranged.find((item) => isWithin(item.valid, d)) ?? null).toBe(chosen)
        }
      }),
      fuzzRuns(200),
    )
  })
})

const hoursOf = (date: string, zone: string): number => {
  const { start, end } = localDay(date, zone)
  return Temporal.Instant.from(start).until(Temporal.Instant.from(end)).total('hours')
}

describe('local days', () => {
  test.each([
    ['F8', '2025-03-30', 'Europe/Berlin', 23],
    ['F8', '2025-10-26', 'Europe/Berlin', 25],
    ['spring with a missing midnight', '2024-03-10', 'America/Havana', 23],
    ['autumn with a midnight that comes twice', '2024-11-03', 'America/Havana', 25],
    ['a missing midnight', '2024-03-31', 'Asia/Beirut', 23],
    ['a missing midnight', '2024-04-26', 'Africa/Cairo', 23],
    ['a missing midnight', '2024-09-08', 'America/Santiago', 23],
    ['a day ending at 24:00 twice', '2024-04-06', 'America/Santiago', 25],
    ['half an hour of summer time', '2024-04-07', 'Australia/Lord_Howe', 24.5],
    ['two hours of summer time', '2024-03-31', 'Antarctica/Troll', 22],
    ['two hours back', '2024-10-27', 'Antarctica/Troll', 26],
    ['a day that was skipped', '2011-12-30', 'Pacific/Apia', 0],
    ['no clock change at all', '2024-06-01', 'UTC', 24],
  ])('%s: %s in %s has %p hours', (_, date, zone, hours) => expect(hoursOf(date, zone)).toBe(hours))

  test('where the clocks skip midnight, the day starts at one', () => {
    expect(localDay('2024-03-10', 'America/Havana').start).toBe('2024-03-10T05:00:00Z')
    expect(localDateAt('2024-03-10T04:59:59Z', 'America/Havana')).toBe('2024-03-09')
  })

  test('local days tile, and every instant falls on the day whose window holds it', () => {
    const zones = fc.constantFrom('America/Havana', 'Asia/Beirut', 'Africa/Cairo', 'America/Santiago', 'Europe/Berlin')
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 3650 }), fc.nat(86_399), (zone, days, second) => {
        const date = daysAfter('2018-01-01', days)
        const { start, end } = localDay(date, zone)
        expect(end).toBe(localDay(daysAfter(date, 1), zone).start)
        const instant = Temporal.Instant.from(start).add({ seconds: second })
        if (Temporal.Instant.compare(instant, end) < 0) expect(localDateAt(instant.toString(), zone)).toBe(date)
      }),
      fuzzRuns(500),
    )
  })

  test('time zones are names of the IANA database', () => {
    const known = ['UTC', 'Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'].map(isTimeZone)
    expect(known).toEqual([true, true, true, true])
    expect(['', '+02:00', 'Mars/Olympus', 'Europe/Berlin ', '../etc/passwd'].map(isTimeZone)).toEqual(
      Array(5).fill(false),
    )
  })
})

test('months after and months between are each other’s inverse', () => {
  for (const months of [-25, -12, -1, 0, 1, 11, 36]) {
    expect(periodsBetween('2024-02', periodsAfter('2024-02', months))).toBe(months)
  }
})
