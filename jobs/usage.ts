import { defineJob } from '../src/platform/jobs.ts'
import { object, Uuid } from '../src/platform/schema.ts'

/**
 * Takes one accepted batch in, in chunks. Safe to run twice: a chunk that is done is skipped, and a record counts once for
 * ever by its key. Can't be cancelled once it runs, because half a batch would be nobody's wish.
 */
export const ingestBatch = defineJob({
  queue: 'usage',
  kind: 'usage.ingest_batch',
  version: 1,
  payload: object({ batchId: Uuid }),
  cancellable: false,
})

/** Takes in what waited in quarantine and can be placed now. Safe to run twice: a record leaves the quarantine once. */
export const redriveUsage = defineJob({
  queue: 'usage',
  kind: 'usage.redrive',
  version: 1,
  payload: object({}),
  cancellable: false,
})
