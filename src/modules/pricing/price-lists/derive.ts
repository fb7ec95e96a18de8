import { canonicalJson } from '../../../billing/canonical.ts'
import { type DayRange, daysAfter, daysWithout, overlap } from '../../../billing/days.ts'
import type { DerivationTerms } from '../../../billing/derive-rate.ts'
import { type Reconciliation, reconcile } from '../../../billing/derive-reconcile.ts'
import { type BaseRate, type DerivedVersion, deriveVersions, type LeftOut } from '../../../billing/derive-versions.ts'
import { currency } from '../../../billing/money.ts'
import type { Rate } from '../../../billing/rate.ts'
import { readToday } from '../../../platform/clock.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { recordAudit } from '../../audit/service.ts'
import { priceOverlap } from '../errors.ts'
import { type Keeper, readBase } from './derive-base.ts'
import { markPricesDue } from './marks.ts'
import type { DerivationRow } from './queries-derivations.ts'
import * as queries from './queries-derived.ts'
import { deleteRates, insertRates } from './queries-rates.ts'
import { activateList, deleteList, endList, insertDraft } from './queries.ts'

type Wanted = DerivedVersion & { readonly content: string }

/** The terms of a stored derivation. */
function termsOf({ method, percent, amount }: DerivationRow): DerivationTerms {
  if (method === 'amountUp' || method === 'amountDown') {
    invariant(amount !== null, 'a derivation by amount has its amount')
    return { method, amount }
  }
  invariant(percent !== null, 'a derivation by percent has its percent')
  return { method, percent }
}

/**
 * Brings the versions of a derived list up to date with its base: makes, rewrites and takes away what nothing was priced by,
 * ends what was. Marks what was rated for the days that change. Runs as the seller's tier, under the seller's price lock. May
 * run twice: what follows already is left alone. A SKU that another own list prices is left out.
 * @throws priceOverlap when `isStrict` and other lists leave nothing of it
 */
export async function followBase(tx: Tx, keeper: Keeper, one: DerivationRow, isStrict = false): Promise<void> {
  const wanted = await wantedVersions(tx, keeper, one, isStrict)
  const tomorrow = daysAfter(await readToday(tx), 1)
  const { days } = await planOf(tx, one, wanted, tomorrow)
  if (!days) return
  await markPricesDue(tx, keeper, days)
  await queries.lockStanding(tx, one.sellerId, one.id)
  // Rating may have frozen a version before it was locked.
  await carryOut(tx, keeper, one, await planOf(tx, one, wanted, tomorrow))
}

async function wantedVersions(tx: Tx, keeper: Keeper, one: DerivationRow, isStrict: boolean): Promise<Wanted[]> {
  const base = await readBase(tx, keeper, one)
  const taken = Map.groupBy(await queries.listTaken(tx, one), ({ skuId }) => skuId)
  const free = base.flatMap((rate) =>
    daysWithout(rate.valid, taken.get(rate.skuId) ?? []).map((valid) => ({ ...rate, valid })),
  )
  if (isStrict && base.length > 0 && free.length === 0) throw priceOverlap(['/derivedFrom'])
  const versions = deriveVersions(termsOf(one), { from: one.from, to: one.to }, free, currency(one.currency))
  return versions.map((version) => {
    const leftOut = [...version.leftOut, ...clashesOf(version, base, taken)]
    const asked = version.rates.map(({ skuId, base, rate }) => ({ skuId, listId: base.listId, rate }))
    return { ...version, leftOut, content: contentOf(asked, leftOut) }
  })
}

/** SKUs of the base that the seller's other lists price on days of the version. */
function clashesOf(version: DayRange, base: readonly BaseRate[], taken: ReadonlyMap<string, readonly DayRange[]>) {
  const asked = base.filter(({ valid }) => overlap(valid, version)).map(({ skuId }) => skuId)
  const isTaken = (skuId: string) => (taken.get(skuId) ?? []).some((days) => overlap(days, version))
  return [...new Set(asked)].filter(isTaken).map((skuId) => ({ skuId, reason: 'pricing.overlap' }))
}

/** Equal for equal prices from the same lists. */
const contentOf = (
  rates: readonly { readonly skuId: string; readonly listId: string; readonly rate: Rate }[],
  leftOut: readonly LeftOut[],
): string =>
  [
    ...rates.map(({ skuId, listId, rate }) => canonicalJson({ skuId, listId, rate })),
    ...leftOut.map(({ skuId, reason }) => canonicalJson({ skuId, reason })),
  ]
    .sort()
    .join('\n')

/** Where a frozen version is to end sooner, what is on paper is asked for: it is a look through the seller's lines. */
async function planOf(tx: Tx, one: DerivationRow, wanted: readonly Wanted[], tomorrow: string) {
  const rows = await queries.listStanding(tx, one.sellerId, one.id)
  const standing = rows.map(({ rates, gaps, ...row }) => ({ ...row, content: contentOf(rates, gaps), paperEnd: null }))
  const plan = reconcile(standing, wanted, tomorrow)
  if (plan.end.length === 0) return plan
  const paperEnds = new Map<string, string | null>()
  for (const { id, to } of plan.end) paperEnds.set(id, await queries.findPaperEnd(tx, one.sellerId, id, to))
  return reconcile(
    standing.map((version) => ({ ...version, paperEnd: paperEnds.get(version.id) ?? null })),
    wanted,
    tomorrow,
  )
}

async function carryOut(tx: Tx, keeper: Keeper, one: DerivationRow, plan: Reconciliation<Wanted>): Promise<void> {
  const note = (action: string, objectId: string) =>
    recordAudit(tx, keeper, { action, objectType: 'price_list', objectId, details: { derivationId: one.id } })
  for (const id of plan.remove) {
    // The rates by themselves: a cascade would not be noted as the seller's change.
    await deleteRates(tx, id)
    await deleteList(tx, id)
    await note('price_list.derived_removed', id)
  }
  for (const { id, to } of plan.end) {
    await endList(tx, id, to)
    await note('price_list.ended', id)
  }
  // All days are set before any version is active again, so that two of them never meet.
  for (const { id, wanted } of plan.rewrite) {
    await queries.redraftList(tx, id, wanted)
    await deleteRates(tx, id)
  }
  for (const { id, wanted } of plan.rewrite) {
    await fill(tx, one, id, wanted)
    await note('price_list.derived_again', id)
  }
  for (const version of plan.create) {
    const id = await insertDraft(tx, { ...one, validFrom: version.from, validTo: version.to, derivationId: one.id })
    await fill(tx, one, id, version)
    await note('price_list.derived', id)
  }
}

async function fill(tx: Tx, one: DerivationRow, listId: string, { rates, leftOut }: Wanted): Promise<void> {
  await insertRates(tx, listId, rates)
  await queries.insertOrigins(tx, one, listId, rates)
  await queries.replaceGaps(tx, one.sellerId, listId, leftOut)
  await activateList(tx, listId)
}
