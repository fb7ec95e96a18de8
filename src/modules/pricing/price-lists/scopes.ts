import type { Rate } from '../../../billing/rate.ts'
import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { type Fault, invalidFields } from '../../../platform/errors.ts'
import { listChargedSkus } from './queries-scopes.ts'
import type { ListRow } from './queries.ts'

/** A rate that is about to be written, with where its tier scope stands in the request. */
type PlacedRate = { readonly skuId: string; readonly rate: Rate; readonly at: string }

/**
 * What is wrong with tiers that would count over all of a buyer: nobody buys costs, and charges of a buyer have no whole, as
 * each has spans and days of its own. Under the seller's price lock, so that no plan is published meanwhile.
 */
export async function scopeFaults(
  tx: Tx,
  actor: Actor,
  kind: ListRow['kind'],
  rates: readonly PlacedRate[],
): Promise<Fault[]> {
  const perBuyer = rates.filter(({ rate }) => rate.tierScope === 'buyer')
  if (perBuyer.length === 0) return []
  if (kind === 'cost') return perBuyer.map(({ at }) => faultAt(at, 'a cost list is for no buyer'))
  const skuIds = perBuyer.map(({ skuId }) => skuId)
  const charged = new Set((await listChargedSkus(tx, actor, skuIds)).map(({ skuId }) => skuId))
  return perBuyer
    .filter(({ skuId }) => charged.has(skuId))
    .map(({ at }) => faultAt(at, 'a published plan charges this SKU: its tiers count per subscription'))
}

const faultAt = (pointer: string, message: string): Fault => ({ pointer, code: 'rate.not_per_buyer', message })

const inRequest = (index: number): string => `/rates/${index}/rate/tierScope`

/** As `scopeFaults`, of the rates of a request in its order. @throws DomainError 422 at each tier scope, or where `at` says */
export async function assertScopes(
  tx: Tx,
  actor: Actor,
  kind: ListRow['kind'],
  rates: readonly Omit<PlacedRate, 'at'>[],
  at: (index: number) => string = inRequest,
): Promise<void> {
  const placed = rates.map((one, index) => ({ ...one, at: at(index) }))
  const faults = await scopeFaults(tx, actor, kind, placed)
  if (faults.length > 0) throw invalidFields(faults)
}
