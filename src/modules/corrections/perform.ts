import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../../billing/canonical.ts'
import { type Actor, type Ctx, scopeOf } from '../../platform/context.ts'
import { enterScope, switchRole, type Tx } from '../../platform/db.ts'
import { invariant } from '../../platform/errors.ts'
import { nilId } from '../../platform/ids.ts'
import { pricedTogether, type QuantityChange } from '../billing/rating/rate-again.ts'
import { correctSeller, type Outcome, type Task } from './correct-seller.ts'
import type { NewCorrection } from './model.ts'
import * as paper from './queries-paper.ts'
import * as queries from './queries.ts'

type Asked = Pick<NewCorrection, 'tenantId' | 'period' | 'reason'> & {
  readonly id: string
  readonly quantities: NonNullable<NewCorrection['quantities']>
}

/** Corrects seller by seller, each in its own name, in one order for all; goes on as the actor's tier. */
export async function perform(
  ctx: Ctx,
  tx: Tx,
  { id: correctionId, tenantId, period, reason, quantities }: Asked,
): Promise<Outcome[]> {
  await switchRole(tx, 'weir_chain')
  const sellers = (await queries.listSellers(tx, ctx.actor, { tenantId, period })).filter(({ isSeen }) => isSeen)
  const isPlatform = ctx.actor.level === 'platform'
  const outcomes: Outcome[] = []
  for (const seller of sellers.filter(({ id }) => isPlatform || id === ctx.actor.organizationId)) {
    const actor = sellerActor(ctx.actor, seller)
    await enterScope(tx, scopeOf(actor, 'weir_seller'))
    const tenantIds = await pricedTogether(tx, { seller: actor, tenantId })
    const earlier = await paper.listQuantities(tx, seller.id, tenantIds, period)
    const changes = [...earlier, ...(await withSkuIds(tx, tenantId, quantities))]
    const task: Task = { correctionId, tenantId, period, reason, changes }
    outcomes.push(...(await correctSeller({ ...ctx, actor }, tx, task)))
  }
  await enterScope(tx, scopeOf(ctx.actor))
  return outcomes
}

async function withSkuIds(tx: Tx, tenantId: string, quantities: Asked['quantities']): Promise<QuantityChange[]> {
  const skus = await queries.listSkus(tx, [...new Set(quantities.map(({ sku }) => sku))])
  const idOf = new Map(skus.map((sku) => [sku.code, sku.id]))
  return quantities.map(({ sku, ...change }) => ({ ...change, tenantId, skuId: idOf.get(sku) ?? nilId }))
}

/** Tells everybody who sells to the tenant what was counted wrong, seen by the actor or not: all rate the same quantities. */
export async function tellSellers(ctx: Ctx, tx: Tx, { id, tenantId, period, quantities }: Asked): Promise<void> {
  if (quantities.length === 0) return
  await switchRole(tx, 'weir_chain')
  const sellers = await queries.listSellers(tx, ctx.actor, { tenantId, period })
  for (const seller of sellers) {
    await enterScope(tx, { ...scopeOf(ctx.actor, 'weir_seller'), organizationId: seller.id })
    await paper.insertQuantities(tx, seller.id, { id, tenantId, period }, await withSkuIds(tx, tenantId, quantities))
  }
  await enterScope(tx, scopeOf(ctx.actor))
}

/** Who acts in a seller's name: the seller itself, or nobody in particular where the platform corrects its documents. */
const sellerActor = (actor: Actor, { id, level, distributorId, partnerId }: queries.SellerRow): Actor =>
  id === actor.organizationId
    ? actor
    : {
        organizationId: id,
        level,
        platformId: actor.platformId,
        distributorId,
        partnerId,
        tenantId: nilId,
        accountId: null,
        sellerOfRecordId: nilId,
        permissions: new Set(),
      }

/** What work in a transaction comes to, all of it undone again. */
export async function tried<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
  const undone = new Error('undone on purpose')
  let result: { readonly value: T } | undefined
  try {
    await tx.savepoint(async (inner) => {
      result = { value: await work(inner as Tx) }
      throw undone
    })
  } catch (error) {
    if (error !== undone) throw error
  }
  invariant(result, 'work that was undone had come to its end')
  return result.value
}

/** A hash over what each edge comes to, to tell a preview from what would come now. */
export const digestOf = (outcomes: readonly Outcome[]): string => {
  const said = outcomes.map(({ edgeId, effects }) => ({ edgeId, effects: effects as unknown as Json }))
  return createHash('sha256').update(canonicalJson(said)).digest('hex')
}

/** Writes something of each edge in the name of its seller; goes on as the actor's tier. */
export async function forEachEdge(
  ctx: Ctx,
  tx: Tx,
  correctionId: string,
  outcomes: readonly Outcome[],
  write: typeof paper.insertEdge,
): Promise<void> {
  for (const { sellerId, ...outcome } of outcomes) {
    await enterScope(tx, { ...scopeOf(ctx.actor, 'weir_seller'), organizationId: sellerId })
    await write(tx, sellerId, { correctionId, orgId: ctx.actor.organizationId, ...outcome })
  }
  await enterScope(tx, scopeOf(ctx.actor))
}
