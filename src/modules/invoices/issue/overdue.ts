import { currency, minorText } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import type { JobOwner } from '../../../platform/jobs.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { raiseEvents } from '../../webhooks/events.ts'
import * as queries from './queries-overdue.ts'

const invoicesPerChunk = 500

/** Tells everybody on the edge of each invoice that became overdue, once for ever. May run twice and side by side. */
export async function tellOverdue(ctx: WorkCtx): Promise<JobResult> {
  const { owner } = ctx.job
  const sellers = await ctx.transaction(workScope(owner, 'weir_relay'), (tx) => queries.listBilledSellers(tx))
  let told = 0
  for (const [index, { sellerId, ...place }] of sellers.entries()) {
    const seller: JobOwner = { ...owner, ...place, organizationId: sellerId, tenantId: nilId, accountId: null }
    for (let some = invoicesPerChunk; some === invoicesPerChunk; told += some) {
      some = await ctx.transaction(workScope(seller, 'weir_seller'), (tx) => tellSome(tx, sellerId))
    }
    ctx.progress(index + 1, sellers.length, 'sellers')
  }
  return { sellers: sellers.length, invoices: told }
}

async function tellSome(tx: Tx, sellerId: string): Promise<number> {
  const rows = await queries.markOverdue(tx, sellerId, invoicesPerChunk)
  await raiseEvents(
    tx,
    rows.map(({ id, number, dueDate, open, ...row }) => ({
      type: 'invoice.overdue',
      objectId: id,
      receivers: [sellerId, row.buyerId, ...[row.agentDistributorId, row.agentPartnerId].filter((one) => one !== null)],
      data: { invoiceId: id, number, dueDate, currency: row.currency, open: minorText(open, currency(row.currency)) },
    })),
  )
  return rows.length
}
