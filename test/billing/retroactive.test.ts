import { expect, test } from 'bun:test'
import { versionsInForce } from '../../src/billing/retroactive.ts'

const version = (name: string, from: string, to: string | null, isRetroactive = false) => ({
  name,
  valid: { from, to },
  isRetroactive,
})
const inForce = (...versions: readonly ReturnType<typeof version>[]): string[] =>
  versionsInForce(versions).map(({ name, valid }) => `${name} ${valid.from} ${valid.to}`)

test('versions that are not retroactive hold on their own days', () => {
  expect(inForce(version('old', '2024-03-05', '2025-01-11'), version('new', '2025-01-11', null))).toEqual([
    'old 2024-03-05 2025-01-11',
    'new 2025-01-11 null',
  ])
})

test('a retroactive one takes the days of its first month from those before it, and from no other month', () => {
  expect(
    inForce(
      version('new', '2025-01-21', null, true),
      version('old', '2024-03-05', '2025-01-11'),
      version('between', '2025-01-11', '2025-01-21'),
    ),
  ).toEqual(['old 2024-03-05 2025-01-01', 'new 2025-01-01 null'])
})

test('it fills a hole in its first month, and the last of two of one month has all of it', () => {
  expect(
    inForce(version('first', '2025-01-11', '2025-01-21', true), version('second', '2025-01-21', '2025-01-25', true)),
  ).toEqual(['second 2025-01-01 2025-01-25'])
})

test('what comes after it in its month holds from its own day on', () => {
  expect(inForce(version('back', '2025-01-11', '2025-01-21', true), version('after', '2025-01-21', null))).toEqual([
    'back 2025-01-01 2025-01-21',
    'after 2025-01-21 null',
  ])
})
