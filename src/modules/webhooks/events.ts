import type { Tx } from '../../platform/db.ts'
import { insertEvents } from './events-queries.ts'

/** What finance can be told (domain, Events). The list only grows. */
export const eventTypes = [
  'usage.batch.completed',
  'usage.quarantined',
  'period.closed',
  'billing.run.completed',
  'invoice.issued',
  'credit_note.issued',
  'payment.recorded',
  'invoice.overdue',
  'commission.run.completed',
  'earning.reversed',
  'statement.ready',
  'statement.approved',
  'payout.settled',
  'payout.returned',
  'job.failed',
  'job.parked',
] as const
export type EventType = (typeof eventTypes)[number]

/** One thing that happened, for each organization that may know of it. `data` differs by receiver only through its own call. */
export type Happening = {
  readonly type: EventType
  readonly objectId: string
  /** Counts up where the same thing happens to the same object again. */
  readonly sequence?: number
  readonly receivers: readonly string[]
  readonly data: Readonly<Record<string, unknown>>
}

/** Raises events in the effect's own transaction, once per (receiver, object, type, sequence). May run twice. */
export const raiseEvents = (tx: Tx, happenings: readonly Happening[]): Promise<void> => insertEvents(tx, happenings)
