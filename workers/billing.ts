import * as jobs from '../jobs/billing.ts'
import { billPeriod, discardRun, issueDrafted } from '../src/modules/billing/runs/job.ts'
import { expireCredits } from '../src/modules/credits/expire.ts'
import { tellOverdue } from '../src/modules/invoices/issue/overdue.ts'
import { handle, type Handler } from '../src/platform/work.ts'

/** From rated buckets to issued documents. A run that ends without being done discards its drafts. */
export const billingHandlers: readonly Handler[] = [
  handle(
    jobs.runBilling,
    (ctx, payload) => billPeriod(ctx, payload),
    async (ctx, payload) => void (await discardRun(ctx, payload)),
  ),
  handle(jobs.issueRun, (ctx, payload) => issueDrafted(ctx, payload)),
  handle(jobs.tellOverdue, (ctx) => tellOverdue(ctx)),
  handle(jobs.expireCredits, (ctx) => expireCredits(ctx)),
  handle(jobs.discardRun, (ctx, payload) => discardRun(ctx, payload)),
]
