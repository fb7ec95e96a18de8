import { expireCredits, tellOverdue } from '../jobs/billing.ts'
import { forgetOld } from '../jobs/maintenance.ts'
import { enqueueMonth } from '../src/modules/billing/rating/begin-month.ts'
import { enqueueDueRefresh } from '../src/modules/billing/rating/refresh.ts'
import { enqueueDueChanges } from '../src/modules/organizations/changes/apply.ts'
import { enqueueDueFollowing } from '../src/modules/pricing/price-lists/follow.ts'
import { enqueueDueNights } from '../src/modules/regions/nightly.ts'
import { enqueueDueRedrives } from '../src/modules/usage/quarantine/redrive.ts'
import type { Tx } from '../src/platform/db.ts'
import { enqueue, type JobOwner } from '../src/platform/jobs.ts'

/**
 * Something that is looked after regularly, in one short transaction of the relay's role in the platform's name.
 * At most one process of the fleet does it at a time. It only finds what is due and enqueues it.
 */
export type Tick = {
  readonly name: string
  readonly everyMs: number
  readonly run: (tx: Tx, platform: JobOwner) => Promise<unknown>
}

/** Once a day: the day is the job's key. */
function enqueueForgetting(tx: Tx, platform: JobOwner): Promise<unknown> {
  const day = new Date().toISOString().slice(0, 10)
  return enqueue(tx, platform, forgetOld, { day }, { dedupeKey: day })
}

/** Once a day: the day is the job's key. */
function enqueueOverdue(tx: Tx, platform: JobOwner): Promise<unknown> {
  const day = new Date().toISOString().slice(0, 10)
  return enqueue(tx, platform, tellOverdue, { day }, { dedupeKey: day })
}

/** Once a day: the day is the job's key. */
function enqueueExpiring(tx: Tx, platform: JobOwner): Promise<unknown> {
  const day = new Date().toISOString().slice(0, 10)
  return enqueue(tx, platform, expireCredits, { day }, { dedupeKey: day })
}

/** Everything that this version of the workers looks after. */
export const ticks: readonly Tick[] = [
  { name: 'maintenance.forget', everyMs: 3_600_000, run: enqueueForgetting },
  { name: 'invoices.overdue', everyMs: 3_600_000, run: enqueueOverdue },
  { name: 'credits.expire', everyMs: 3_600_000, run: enqueueExpiring },
  { name: 'organizations.changes', everyMs: 10_000, run: enqueueDueChanges },
  { name: 'pricing.follow', everyMs: 2_000, run: enqueueDueFollowing },
  { name: 'rating.month', everyMs: 60_000, run: enqueueMonth },
  { name: 'rating.refresh', everyMs: 2_000, run: enqueueDueRefresh },
  { name: 'regions.nights', everyMs: 10_000, run: enqueueDueNights },
  { name: 'usage.redrive', everyMs: 5_000, run: enqueueDueRedrives },
]
