import { conflictAt, conflictsOf } from '../../../platform/errors.ts'

/** The month that the path names. */
const closing = '/path/period'

export const periodNotEnded = () => conflictAt(closing, 'billing.period_not_ended', 'the period has not ended yet')

export const periodClosed = () => conflictAt(closing, 'billing.period_closed', 'the period is closed already')

/** The codes are named one by one: closing is a platform act, and regions are the platform's. */
export const regionSilent = (codes: readonly string[]) =>
  conflictsOf(
    'billing.region_silent',
    'some regions have not said that they sent everything',
    codes.map((code) => ({
      pointer: closing,
      code: 'billing.region_silent',
      message: `region ${code} has no completeUntil at or after the end of the period`,
    })),
  )

export const batchesPending = () =>
  conflictAt(closing, 'billing.batches_pending', 'usage of the period is still being taken in', {
    retryAfterSeconds: 2,
  })

export const quarantineOpen = (records: number) =>
  conflictAt(
    closing,
    'billing.quarantine_open',
    `${records} records of the period wait in quarantine: register what they name, or waive them`,
  )

/** The laws are named one by one with how they were broken: closing is a platform act. */
export const invariantBroken = (broken: readonly { name: string; figures: Readonly<Record<string, string>> }[]) =>
  conflictsOf(
    'billing.invariant_broken',
    'the figures of the period do not add up',
    broken.map(({ name, figures }) => ({
      pointer: closing,
      code: 'billing.invariant_broken',
      message: `${name} does not hold: ${Object.entries(figures)
        .map(([what, count]) => `${what} ${count}`)
        .join(', ')}`,
    })),
  )
