import { defineJob } from '../src/platform/jobs.ts'
import { object, Uuid } from '../src/platform/schema.ts'

/**
 * Brings the derived price lists of one seller, its owner, up to date with their bases. Safe to run twice: a mark goes away
 * in the transaction that has served it, and what follows already is left alone.
 */
export const followPrices = defineJob({
  queue: 'rating',
  kind: 'pricing.follow',
  version: 1,
  payload: object({}),
})

/**
 * Replays a period of its owner with a draft price list. Safe to run twice: a chunk that is done is skipped, and its rows
 * are of the simulation alone: nothing that is billed reads them.
 */
export const simulatePrices = defineJob({
  queue: 'rating',
  kind: 'pricing.simulate',
  version: 1,
  payload: object({ simulationId: Uuid }),
})
