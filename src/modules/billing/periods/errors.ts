import { DomainError } from '../../../platform/errors.ts'

export const periodNotEnded = () =>
  new DomainError('conflict', 'billing.period_not_ended', 'the period has not ended yet')

export const periodClosed = () => new DomainError('conflict', 'billing.period_closed', 'the period is closed already')

/** The codes are named one by one: closing is a platform act, and regions are the platform's. */
export const regionSilent = (codes: readonly string[]) =>
  new DomainError('conflict', 'billing.region_silent', 'some regions have not said that they sent everything', {
    faults: codes.map((code) => ({
      pointer: '',
      code: 'billing.region_silent',
      message: `region ${code} has no completeUntil at or after the end of the period`,
    })),
  })

export const batchesPending = () =>
  new DomainError('conflict', 'billing.batches_pending', 'usage of the period is still being taken in', {
    retryAfterSeconds: 2,
  })

export const quarantineOpen = (records: number) =>
  new DomainError(
    'conflict',
    'billing.quarantine_open',
    `${records} records of the period wait in quarantine: register what they name, or waive them`,
  )

/** The laws are named one by one with how they were broken: closing is a platform act. */
export const invariantBroken = (broken: readonly { name: string; figures: Readonly<Record<string, string>> }[]) =>
  new DomainError('conflict', 'billing.invariant_broken', 'the figures of the period do not add up', {
    faults: broken.map(({ name, figures }) => ({
      pointer: '',
      code: 'billing.invariant_broken',
      message: `${name} does not hold: ${Object.entries(figures)
        .map(([what, count]) => `${what} ${count}`)
        .join(', ')}`,
    })),
  })
