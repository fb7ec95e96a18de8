import { ingestBatch, redriveUsage } from '../jobs/usage.ts'
import * as ingest from '../src/modules/usage/ingest/job.ts'
import { redriveQuarantine } from '../src/modules/usage/quarantine/redrive.ts'
import { type Handler, handle } from '../src/platform/work.ts'

/** What the queue `usage` can do. */
export const usageHandlers: readonly Handler[] = [
  handle(ingestBatch, ingest.ingestBatch, ingest.abandonBatch),
  handle(redriveUsage, (ctx) => redriveQuarantine(ctx)),
]
