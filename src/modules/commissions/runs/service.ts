import { runCommissions } from '../../../../jobs/commissions.ts'
import { type Ctx, inTxOnce } from '../../../platform/context.ts'
import { newId } from '../../../platform/ids.ts'
import { enqueue } from '../../../platform/jobs.ts'
import { recordAudit } from '../../audit/service.ts'
import { assertBegun } from '../../billing/replay/replay-tenants.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import type { NewRun } from './model.ts'

/**
 * Asks for a commission run of the acting seller; the job does it. Each call is a run of its own, which adds what is
 * lacking by then.
 * @throws notASeller, futurePeriod
 */
export const startRun = (ctx: Ctx, { period }: NewRun): Promise<{ jobId: string }> =>
  inTxOnce(ctx, async (tx) => {
    const { actor } = ctx
    await assertSeller(tx, actor)
    await assertBegun(tx, period)
    const payload = { payerId: actor.organizationId, period }
    const { id } = await enqueue(tx, actor, runCommissions, payload, { dedupeKey: newId() })
    const entry = { action: 'commission_run.requested', objectType: 'job', objectId: id, details: { period } }
    await recordAudit(tx, actor, entry, ctx.requestId)
    return { jobId: id }
  })
