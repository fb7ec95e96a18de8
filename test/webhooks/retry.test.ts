import { describe, expect, test } from 'bun:test'
import {
  judgeStatus,
  maxAttempts,
  nextAttemptDelaySeconds,
  retryAfterSeconds,
  waitAfterFailureSeconds,
} from '../../src/modules/webhooks/retry.ts'

const now = new Date('2024-10-02T00:00:00Z')
const attempts = Array.from({ length: maxAttempts }, (_, at) => at + 1)
const clock = (seconds: number): string =>
  [seconds / 3600, (seconds / 60) % 60, seconds % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':')

describe('the retry schedule', () => {
  test('starts each attempt at the time since the start that the standard prints', () => {
    const starts = attempts.map((attempt) =>
      attempts.slice(0, attempt).reduce((sum, at) => sum + (nextAttemptDelaySeconds(at, 0) ?? 0), 0),
    )
    expect(starts.map(clock)).toEqual([
      '00:00:00',
      '00:00:05',
      '00:05:05',
      '00:35:05',
      '02:35:05',
      '07:35:05',
      '17:35:05',
      '31:35:05',
      '51:35:05',
      '75:35:05',
    ])
  })

  test('adds jitter of at most a fifth, and none to the first attempt', () => {
    expect(nextAttemptDelaySeconds(1, 0.999)).toBe(0)
    for (const attempt of attempts.slice(1)) {
      const base = nextAttemptDelaySeconds(attempt, 0) ?? 0
      expect(nextAttemptDelaySeconds(attempt, 0.5)).toBeCloseTo(base * 1.1)
      expect(nextAttemptDelaySeconds(attempt, 0.999)).toBeLessThan(base * 1.2)
    }
  })

  test('ends, and knows no attempt before the first', () => {
    expect(nextAttemptDelaySeconds(maxAttempts, 0)).toBe(86_400)
    expect(nextAttemptDelaySeconds(maxAttempts + 1, 0)).toBeUndefined()
    for (const attempt of [0, -1, 1.5, Number.NaN])
      expect(() => nextAttemptDelaySeconds(attempt, 0)).toThrow('invariant')
    for (const jitter of [-0.1, 1, Number.NaN]) expect(() => nextAttemptDelaySeconds(1, jitter)).toThrow('invariant')
  })
})

test.each([
  [200, 'delivered'],
  [204, 'delivered'],
  [299, 'delivered'],
  [199, 'retry'],
  [301, 'retry'],
  [307, 'retry'],
  [400, 'retry'],
  [404, 'retry'],
  [410, 'disable'],
  [429, 'retry'],
  [500, 'retry'],
  [503, 'retry'],
] as const)('an answer of %p means %p', (status, verdict) => expect(judgeStatus(status)).toBe(verdict))

describe('Retry-After', () => {
  test.each([
    [429, '120', 120],
    [503, ' 7 ', 7],
    [503, '0', 0],
    [503, '9999999999', 86_400],
    [429, 'Wed, 02 Oct 2024 00:01:30 GMT', 90],
    [429, 'Wed, 02 Oct 2030 00:01:30 GMT', 86_400],
    [429, 'Tue, 01 Oct 2024 00:00:00 GMT', 0],
    [429, '-5', undefined],
    [429, '1.5', undefined],
    [429, 'soon', undefined],
    [429, '2024-10-02', undefined],
    [429, 'Wed, 99 Oct 2024 00:01:30 GMT', undefined],
    [429, '', undefined],
    [429, undefined, undefined],
    [500, '120', undefined],
    [200, '120', undefined],
  ])('with %p, %p asks for %p seconds', (status, header, seconds) =>
    expect(retryAfterSeconds(status, header, now)).toBe(seconds as number),
  )

  test('moves the next attempt later, never earlier, and makes no attempt more', () => {
    const wait = (attempt: number, askedSeconds: number | undefined): number | undefined =>
      waitAfterFailureSeconds({ attempt, jitterFraction: 0, askedSeconds })
    expect(wait(1, undefined)).toBe(5)
    expect(wait(1, 120)).toBe(120)
    expect(wait(4, 120)).toBe(7_200)
    expect(wait(maxAttempts, 120)).toBeUndefined()
  })
})
