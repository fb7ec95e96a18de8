import type { Tx } from '../src/platform/db.ts'
import type { JobOwner } from '../src/platform/jobs.ts'

/**
 * Something that is looked after regularly, in one short transaction of the relay's role in the platform's name.
 * At most one process of the fleet does it at a time. It only finds what is due and enqueues it, or moves a few rows.
 */
export type Tick = {
  readonly name: string
  readonly everyMs: number
  readonly run: (tx: Tx, platform: JobOwner) => Promise<void>
}
