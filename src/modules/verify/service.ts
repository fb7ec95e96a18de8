import type { Database, Scope } from '../../platform/db.ts'
import { houseScope } from '../../platform/scopes.ts'
import { checkGranted } from './books/granted.ts'
import { checkLedger } from './books/ledger.ts'
import { checkSettled } from './books/settled.ts'
import type { Check, Outcome } from './check.ts'
import { checkCollected } from './commissions/collected.ts'
import { checkEarnings } from './commissions/earnings.ts'
import { checkStatements } from './commissions/settled-statements.ts'
import { checkTakenBack } from './commissions/taken-back.ts'
import { checkCorrections } from './documents/corrections.ts'
import { checkCreditNotes } from './documents/credit-notes.ts'
import { checkDiscounts } from './documents/discounts.ts'
import { checkHashes, checkSums } from './documents/documents.ts'
import { checkExchanges } from './documents/exchanges.ts'
import { checkNumbers } from './documents/numbers.ts'
import { checkReissued } from './documents/reissued.ts'
import { checkTaxes } from './documents/taxes.ts'
import { checkRating } from './rating/buckets.ts'
import { checkCharges } from './rating/charges.ts'
import { checkDerived } from './rating/derived.ts'
import { checkCertificates } from './rating/periods.ts'
import { checkBatches } from './usage/batches.ts'
import { checkIdentities } from './usage/identities.ts'
import { checkChains } from './usage/places.ts'
import { checkDaily, checkKeys, checkUsagePlaces } from './usage/usage.ts'
import { checkDeliveries, checkJobs } from './work.ts'

/** Every law that is checked, in the order of the way from usage to money. */
export const checks: readonly Check[] = [
  checkBatches,
  checkKeys,
  checkIdentities,
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
const scope: Scope = houseScope('weir_verify')

/**
 * Checks on a live database what must be zero (domain, What must be zero), one check after the other, each on one moment of
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
