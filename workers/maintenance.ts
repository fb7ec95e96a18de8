import { forgetOld, passingKinds } from '../jobs/maintenance.ts'
import { forgetOutcomes } from '../src/modules/usage/ingest/forget.ts'
import { forget } from '../src/platform/forget.ts'
import { type Handler, handle } from '../src/platform/work.ts'

/** What the queue `maintenance` can do. */
export const maintenanceHandlers: readonly Handler[] = [
  handle(forgetOld, async (ctx) => ({ ...(await forget(ctx, passingKinds)), outcomes: await forgetOutcomes(ctx) })),
]
