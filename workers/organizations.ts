import { applyChange } from '../jobs/organizations.ts'
import { applyPlanned } from '../src/modules/organizations/changes/apply.ts'
import { type Handler, handle } from '../src/platform/work.ts'

/** What the queue `maintenance` does for the hierarchy. */
export const organizationHandlers: readonly Handler[] = [
  handle(applyChange, (ctx, payload) => applyPlanned(ctx, payload)),
]
