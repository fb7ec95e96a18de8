import { expect, test } from 'bun:test'
import { atLeast, atMost, type Finding, shareOf } from '../../bench/claim.ts'
import { median, percentile } from '../../bench/statistics.ts'
import { areFloorsMet, tableOf } from '../../bench/table.ts'

const finding = (parts: Partial<Finding>): Finding => ({
  benchmark: 'usage',
  what: 'records countable',
  value: 24_000,
  unit: 'records/s',
  floor: null,
  goal: null,
  yardstick: null,
  ratio: null,
  ...parts,
})

test('a run fails when a floor is missed, and not for a goal', () => {
  expect(areFloorsMet([finding({}), finding({ floor: atLeast(2, 1, 's'), goal: atMost(2, 1, 's') })])).toBe(true)
  expect(areFloorsMet([finding({}), finding({ floor: atMost(2, 1, 's') })])).toBe(false)
})

test('a bound that is just reached is kept', () => {
  expect([atLeast(5, 5, 's'), atMost(5, 5, 's'), shareOf(0.5, 0.5)].every(({ isMet }) => isMet)).toBe(true)
  expect([atLeast(4.9, 5, 's'), atMost(5.1, 5, 's'), shareOf(0.49, 0.5)].some(({ isMet }) => isMet)).toBe(false)
})

test('the table says what was measured, beside its floor, its goal and its yardstick', () => {
  const yardstick = { what: 'bare insert', text: '48,000 records/s' }
  const floor = atLeast(24_000, 20_000, 'records/s')
  const row = tableOf([finding({ floor, goal: shareOf(0.4, 0.5), yardstick, ratio: 0.4 })]).split('\n')[2]
  expect(row?.trim().split(/ {2,}/)).toEqual([
    'usage',
    'records countable',
    '24,000 records/s',
    '>= 20,000 records/s met',
    '>= 0.50 of the yardstick MISSED',
    '48,000 records/s (bare insert)',
    '0.40',
  ])
})

test('percentiles are values that were measured', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  expect([percentile(hundred, 0.99), percentile(hundred, 0.5), percentile([7], 0.99)]).toEqual([99, 50, 7])
  expect(median([3, 1, 2])).toBe(2)
  expect(() => percentile([], 0.5)).toThrow('needs values')
})
