import type { Tx } from '../../../platform/db.ts'
import { updateSight } from './queries-sight.ts'

/**
 * Lets the platform read what a reseller asks of single buyers, or hides it (null): all that has priced nothing yet, and what derived
 * lists become from now on. Runs as weir_chain in the transaction that changes the contract. May run twice.
 */
export const showPricesTo = (tx: Tx, sellerId: string, platformId: string | null): Promise<void> =>
  updateSight(tx, sellerId, platformId)
