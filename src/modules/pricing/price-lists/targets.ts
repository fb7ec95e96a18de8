import type { PriceScope } from '../../../billing/resolve.ts'
import { type Actor, type Level, lineOf } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invalidField, unknownReference } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import * as queries from './queries-targets.ts'

/** What a price list is for, and who may read it besides its seller. A shared list has no buyer. */
export type Target = {
  readonly targetId: string
  readonly buyerId: string | null
  readonly sees: Readonly<Record<Level, string | null>>
}

const nobody = { platform: null, distributor: null, partner: null, tenant: null }

/** What the caller says about a list's target, with the days that the list is for. */
type Wanted = {
  readonly scope: PriceScope
  readonly targetId?: string | undefined
  readonly validFrom: string
  readonly validTo?: string | undefined
}

/**
 * Finds what the scope's target stands for. A buyer must buy from the actor itself; a subscription must be one that the
 * actor sells, and its list is for whoever buys it from the actor. Who sees the list is what the edge says.
 * @throws DomainError 422 at /targetId, alike for what is foreign, absent or on no edge of the actor.
 */
export async function resolveTarget(tx: Tx, actor: Actor, wanted: Wanted): Promise<Target> {
  const { scope, targetId } = wanted
  if (scope === 'default') {
    if (targetId !== undefined) throw invalidField('/targetId', 'field.unknown', 'the default scope has no target')
    return { targetId: nilId, buyerId: null, sees: nobody }
  }
  if (targetId === undefined) throw invalidField('/targetId', 'field.required', 'this scope needs its target')
  if (scope === 'buyer' || scope === 'subscription') return edgeTarget(tx, actor, wanted, targetId)
  const isKnown =
    scope === 'region'
      ? await queries.hasRegion(tx, targetId)
      : await queries.hasPlanVersion(tx, actor.level === 'platform' ? 'all' : lineOf(actor), targetId)
  if (!isKnown) throw unknownReference('/targetId')
  return { targetId, buyerId: null, sees: nobody }
}

async function edgeTarget(tx: Tx, actor: Actor, wanted: Wanted, targetId: string): Promise<Target> {
  const days = { from: wanted.validFrom, to: wanted.validTo ?? null }
  const sellerId = actor.organizationId
  const edge =
    wanted.scope === 'buyer'
      ? await queries.findEdge(tx, actor, sellerId, targetId, days)
      : await edgeOfSubscription(tx, actor, targetId, days)
  if (!edge) throw unknownReference('/targetId')
  const { buyerId, platform, distributor, partner, tenant } = edge
  return { targetId, buyerId, sees: { platform, distributor, partner, tenant } }
}

async function edgeOfSubscription(tx: Tx, actor: Actor, id: string, days: { from: string; to: string | null }) {
  const subscription = await queries.findSubscription(tx, actor, id)
  return subscription && queries.findEdgeOfTenant(tx, actor, actor.organizationId, subscription.tenantId, days)
}
