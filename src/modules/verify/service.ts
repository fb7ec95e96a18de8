import type { Database, Scope } from '../../platform/db.ts'
import { nilId } from '../../platform/ids.ts'
import { checkBatches } from './batches.ts'
import { checkCharges } from './charges.ts'
import type { Check, Outcome } from './check.ts'
import { checkDiscounts } from './discounts.ts'
import { checkHashes, checkSums } from './documents.ts'
import { checkDerived } from './derived.ts'
import { checkCreditNotes } from './credit-notes.ts'
import { checkCorrections } from './corrections.ts'
import { checkReissued } from './reissued.ts'
import { checkCollected } from './collected.ts'
import { checkEarnings } from './earnings.ts'
import { checkExchanges } from './exchanges.ts'
import { checkGranted } from './granted.ts'
import { checkLedger } from './ledger.ts'
import { checkNumbers } from './numbers.ts'
import { checkCertificates } from './periods.ts'
import { checkChains } from './places.ts'
import { checkRating } from './rating.ts'
import { checkStatements } from './settled-statements.ts'
import { checkSettled } from './settled.ts'
import { checkTakenBack } from './taken-back.ts'
import { checkTaxes } from './taxes.ts'
import { checkDaily, checkKeys, checkUsagePlaces } from './usage.ts'
import { checkDeliveries, checkJobs } from './work.ts'

/** Every law that is checked, in the order of the way from usage to money. */
export const checks: readonly Check[] = [
  checkBatches,
  checkKeys,
  checkDaily,
  checkUsagePlaces,
  checkChains,
  checkCertificates,
  checkDerived,
  checkRating,
  checkCharges,
  checkSums,
  checkHashes,
  checkDiscounts,
  checkTaxes,
  checkNumbers,
  checkSettled,
  checkGranted,
  checkCreditNotes,
  checkReissued,
  checkCorrections,
  checkTakenBack,
  checkStatements,
  checkExchanges,
  checkLedger,
  checkEarnings,
  checkCollected,
  checkJobs,
  checkDeliveries,
]

/** What one check found, and how long it took. */
export type Report = Pick<Check, 'law' | 'name'> & Outcome & { readonly seconds: number }

/** Everybody's figures, read by a role that no process of the house can switch to. */
const scope: Scope = { role: 'weir_verify', organizationId: nilId, accountId: null, sellerOfRecordId: nilId, line: [] }

/**
 * Checks on a live database what must always be zero (design section 8), one check after the other, each on one moment of
 * it. `db` reads snapshots: nobody who writes has to wait. Stops with the signal's reason.
 */
export async function* verify(
  db: Database,
  options: {
    readonly signal: AbortSignal
    readonly onProgress: (check: Check, done: number, total: number, unit: string) => void
  },
): AsyncGenerator<Report> {
  for (const check of checks) {
    options.signal.throwIfAborted()
    const startedAt = performance.now()
    const outcome = await db.transaction(scope, (tx) => {
      const progress = (done: number, total: number, unit: string): void => {
        options.signal.throwIfAborted()
        options.onProgress(check, done, total, unit)
      }
      return check.run({ tx, progress })
    })
    const { law, name } = check
    yield { law, name, ...outcome, seconds: (performance.now() - startedAt) / 1000 }
  }
}
