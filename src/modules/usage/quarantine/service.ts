import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import { invariant, notFound } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import { recordAudit } from '../../audit/service.ts'
import { alreadyDecided } from '../errors.ts'
import type { Dismissal, QuarantinedRecord, QuarantineFilters } from '../model.ts'
import * as queries from './queries.ts'

/** Records that nobody could place, newest first: those that wait unless another state is asked for. */
export async function listQuarantine(ctx: Ctx, filters: QuarantineFilters): Promise<Page<QuarantinedRecord>> {
  const page = idPageRequest('quarantine', filters)
  const rows = await inTx(ctx, (tx) => queries.listQuarantine(tx, filters, page))
  return pageOf(
    'quarantine',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

/** Waives a record for good: it is never billed and holds up no close. @throws notFound, alreadyDecided */
export const dismissRecord = (ctx: Ctx, id: string, { reason }: Dismissal): Promise<QuarantinedRecord> =>
  inTxOnce(ctx, async (tx) => {
    const before = await queries.lockHeld(tx, id)
    if (!before) throw notFound()
    if (before.state !== 'waiting') throw alreadyDecided()
    const record = await queries.dismissHeld(tx, id, { accountId: ctx.actor.accountId, reason })
    invariant(record, 'a locked record can be written')
    const details = { region: record.region, reason }
    const entry = { action: 'usage.dismissed', objectType: 'usage_quarantine', objectId: id, details }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    return record
  })
