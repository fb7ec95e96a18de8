import type { ChargeTerms, Life } from '../../../billing/charges.ts'
import { instantOfDay } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import type { RatingTask } from '../rating/input.ts'
import * as queries from './queries.ts'
import type { BilledRow, HeldRow, LifeRow, SoldRow, TakenRow } from './queries.ts'

/** The seller's edge on a tenant's chains; `sold` are its days with the chain of each, in time order. */
export type SoldEdge = Pick<SoldRow, 'tenantId' | 'edgeId' | 'kind' | 'buyerId' | 'currency'> & {
  readonly sold: readonly { readonly chainId: string; readonly from: string | null; readonly to: string | null }[]
}

/** A subscription that is charged beside its usage. */
export type ChargedLife = { readonly subscriptionId: string; readonly tenantId: string; readonly life: Life }

/** All that decides what the subscriptions of some tenants are charged by one seller, but for the prices. */
export type ChargeInput = {
  readonly lives: readonly ChargedLife[]
  readonly edgesOf: (tenantId: string) => readonly SoldEdge[]
  readonly termsOf: (planVersionId: string) => readonly ChargeTerms[]
  readonly billedOf: (subscriptionId: string) => readonly BilledRow[]
  readonly takenOf: (subscriptionId: string) => readonly TakenRow[]
  readonly heldOf: (subscriptionId: string) => readonly HeldRow[]
  readonly isDone: (month: string) => boolean
}

/**
 * Reads what the tenants' subscriptions are charged for; undefined where they are charged for nothing but usage. Runs as
 * weir_seller.
 */
export async function readCharges(
  tx: Tx,
  { seller, period, tenantIds }: Pick<RatingTask, 'seller' | 'period' | 'tenantIds'>,
): Promise<ChargeInput | undefined> {
  const lives = (await queries.listLives(tx, tenantIds)).map(toLife)
  return lives.length === 0 ? undefined : readChargesOf(tx, { sellerId: seller.organizationId, period }, lives)
}

/** As `readCharges`, for subscriptions whose lives are given: as they are, or as they would be. */
export async function readChargesOf(
  tx: Tx,
  { sellerId, period }: { readonly sellerId: string; readonly period: string },
  lives: readonly ChargedLife[],
): Promise<ChargeInput> {
  const tenantIds = [...new Set(lives.map(({ tenantId }) => tenantId))]
  const edges = soldEdges(await queries.listSold(tx, sellerId, tenantIds))
  const versionIds = new Set(lives.flatMap(({ life }) => life.phases.map(({ planVersionId }) => planVersionId)))
  const terms = Map.groupBy(await queries.listTerms(tx, [...versionIds]), ({ planVersionId }) => planVersionId)
  const billed = Map.groupBy(await queries.listBilled(tx, sellerId, tenantIds), (row) => row.subscriptionId)
  const taken = Map.groupBy(await queries.listTaken(tx, sellerId, period, tenantIds), (row) => row.subscriptionId)
  const held = Map.groupBy(await queries.listHeld(tx, sellerId, tenantIds), (row) => row.subscriptionId)
  const done = new Set((await queries.listDonePeriods(tx, sellerId)).map((row) => row.period))
  const edgesOfTenant = Map.groupBy(edges, ({ tenantId }) => tenantId)
  return {
    lives,
    edgesOf: (tenantId) => edgesOfTenant.get(tenantId) ?? [],
    termsOf: (planVersionId) => terms.get(planVersionId) ?? [],
    billedOf: (subscriptionId) => billed.get(subscriptionId) ?? [],
    takenOf: (subscriptionId) => taken.get(subscriptionId) ?? [],
    heldOf: (subscriptionId) => held.get(subscriptionId) ?? [],
    isDone: (month) => done.has(month),
  }
}

/** A life out of what was ordered and the dated rows; a row of the first day says what was ordered instead. */
export function toLife({ subscriptionId, tenantId, to, first, changes }: LifeRow): ChargedLife {
  const [firstChange] = changes
  const isReplaced = firstChange !== undefined && firstChange.from.slice(0, 10) <= first.from.slice(0, 10)
  const phases = isReplaced ? [{ ...firstChange, from: first.from }, ...changes.slice(1)] : [first, ...changes]
  return { subscriptionId, tenantId, life: { phases, to } }
}

/** The edges of a seller on some tenants' chains, each with the days on which it stood. */
export function soldEdges(rows: readonly SoldRow[]): SoldEdge[] {
  const instant = (day: string | null): string | null => (day === null ? null : instantOfDay(day))
  return [...Map.groupBy(rows, ({ tenantId, edgeId }) => `${tenantId} ${edgeId}`).values()].flatMap((some) => {
    const [first] = some
    if (!first) return []
    const { tenantId, edgeId, kind, buyerId, currency } = first
    const sold = some.map(({ chainId, from, to }) => ({ chainId, from: instant(from), to: instant(to) }))
    return [{ tenantId, edgeId, kind, buyerId, currency, sold }]
  })
}

/** The chain on which an edge stood at an instant; of one that stands no more, the last. */
export const chainAt = ({ sold }: SoldEdge, instant: string): string =>
  (sold.findLast(({ from }) => from === null || from <= instant) ?? sold[0])?.chainId ?? ''
