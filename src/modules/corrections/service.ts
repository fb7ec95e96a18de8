import { createHash } from 'node:crypto'
import { canonicalJson, type Json } from '../../billing/canonical.ts'
import { decimal } from '../../billing/money.ts'
import { periodOfDay } from '../../billing/period.ts'
import { type Actor, type Ctx, inTx, inTxOnce, scopeOf } from '../../platform/context.ts'
import { enterScope, switchRole, type Tx } from '../../platform/db.ts'
import { invalidField, invariant, notFound, unknownReference } from '../../platform/errors.ts'
import { newId, nilId } from '../../platform/ids.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import type { QuantityChange } from '../billing/rating/rate-again.ts'
import { assertSeller } from '../pricing/sellers.ts'
import { correctSeller, type Outcome, type Task } from './correct-seller.ts'
import * as errors from './errors.ts'
import type { Correction, CorrectionFilters, NewCorrection } from './model.ts'
import * as paper from './queries-paper.ts'
import * as queries from './queries.ts'

/**
 * Says what a wrong price or quantity of a closed month changes on the edges of a tenant's chain: the platform on all that it
 * sees, another seller on its own. It is all done and undone again, so that applying it comes to the same; nothing is left but the
 * draft. @throws notASeller, unknownReference, quantitiesOfPlatform, nothingWrong, and those of `correctSeller`
 */
export const previewCorrection = (ctx: Ctx, input: NewCorrection): Promise<Correction> =>
  inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    await assertKnown(ctx, tx, input)
    const { tenantId, period, reason, quantities = [] } = input
    const made = { id: newId(), tenantId, period, reason, quantities }
    await queries.insertCorrection(tx, ctx.actor.organizationId, { ...made, digest: '' })
    const outcomes = await tried(tx, (inner) => perform(ctx, inner, made))
    if (outcomes.length === 0) throw errors.nothingWrong()
    await queries.updateDigest(tx, ctx.actor.organizationId, made.id, digestOf(outcomes))
    await forEachEdge(ctx, tx, made.id, outcomes, paper.insertEdge)
    await audit(ctx, tx, 'correction.previewed', made.id)
    return readCorrection(ctx, tx, made.id)
  })

/**
 * Does what was previewed, on every edge and in one transaction; twice it is refused. @throws notFound, appliedAlready, stale
 * (it would come to something else by now), and those of `correctSeller`
 */
export const applyCorrection = (ctx: Ctx, id: string): Promise<Correction> =>
  inTxOnce(ctx, async (tx) => {
    const draft = await queries.lockCorrection(tx, ctx.actor.organizationId, id)
    if (!draft) throw notFound()
    if (draft.state === 'applied') throw errors.appliedAlready()
    const outcomes = await perform(ctx, tx, draft)
    if (digestOf(outcomes) !== draft.digest) throw errors.stale()
    await forEachEdge(ctx, tx, id, outcomes, paper.markEdge)
    await tellSellers(ctx, tx, draft)
    await queries.markApplied(tx, ctx.actor.organizationId, id)
    await audit(ctx, tx, 'correction.applied', id)
    return readCorrection(ctx, tx, id)
  })

/** @throws notFound, alike for an absent one and another organization's. */
export const getCorrection = (ctx: Ctx, id: string): Promise<Correction> =>
  inTx(ctx, (tx) => readCorrection(ctx, tx, id))

/** The acting organization's corrections, newest first. */
export async function listCorrections(ctx: Ctx, filters: CorrectionFilters): Promise<Page<Correction>> {
  const page = idPageRequest('corrections', filters)
  return inTx(ctx, async (tx) => {
    const rows = await queries.listCorrections(tx, ctx.actor.organizationId, filters, page)
    const edges = await queries.listEdges(
      tx,
      ctx.actor,
      rows.map(({ id }) => id),
    )
    return pageOf(
      'corrections',
      page,
      rows,
      (row) => row.id,
      (row) => toCorrection(ctx.actor, row, edges),
    )
  })
}

async function readCorrection(ctx: Ctx, tx: Tx, id: string): Promise<Correction> {
  const row = await queries.findCorrection(tx, ctx.actor.organizationId, id)
  if (!row) throw notFound()
  return toCorrection(ctx.actor, row, await queries.listEdges(tx, ctx.actor, [id]))
}

function toCorrection(actor: Actor, row: queries.CorrectionRow, edges: readonly queries.EdgeRow[]): Correction {
  const { digest: _, ...correction } = row
  return {
    ...correction,
    edges: edges.filter(({ correctionId }) => correctionId === row.id).map((one) => shown(actor, one)),
  }
}

/** What an agent gives back is known to payer and payee alone. */
function shown(actor: Actor, { edgeId, sellerId, effects, creditNoteIds, invoiceId }: queries.EdgeRow) {
  const isPayer = sellerId === actor.organizationId
  return {
    ...effects,
    edgeId,
    sellerId,
    creditNotes: effects.creditNotes.map((note, index) => ({ ...note, id: creditNoteIds[index] ?? null })),
    invoice: effects.invoice && { ...effects.invoice, id: invoiceId },
    earnings: effects.earnings.filter(({ payeeId }) => isPayer || payeeId === actor.organizationId),
  }
}

type Asked = Pick<NewCorrection, 'tenantId' | 'period' | 'reason'> & {
  readonly id: string
  readonly quantities: NonNullable<NewCorrection['quantities']>
}

/** Corrects seller by seller, each in its own name, in one order for all; goes on as the actor's tier. */
async function perform(
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
    const earlier = await paper.listQuantities(tx, seller.id, tenantId, period)
    const changes = [...earlier, ...(await withSkuIds(tx, quantities))]
    const task: Task = { correctionId, tenantId, period, reason, changes }
    outcomes.push(...(await correctSeller({ ...ctx, actor }, tx, task)))
  }
  await enterScope(tx, scopeOf(ctx.actor))
  return outcomes
}

async function withSkuIds(tx: Tx, quantities: Asked['quantities']): Promise<QuantityChange[]> {
  const skus = await queries.listSkus(tx, [...new Set(quantities.map(({ sku }) => sku))])
  const idOf = new Map(skus.map((sku) => [sku.code, sku.id]))
  return quantities.map(({ sku, ...change }) => ({ ...change, skuId: idOf.get(sku) ?? nilId }))
}

/** Tells everybody who sells to the tenant what was counted wrong, seen by the actor or not: all rate the same quantities. */
async function tellSellers(ctx: Ctx, tx: Tx, { id, tenantId, period, quantities }: Asked): Promise<void> {
  if (quantities.length === 0) return
  await switchRole(tx, 'weir_chain')
  const sellers = await queries.listSellers(tx, ctx.actor, { tenantId, period })
  for (const seller of sellers) {
    await enterScope(tx, { ...scopeOf(ctx.actor, 'weir_seller'), organizationId: seller.id })
    await paper.insertQuantities(tx, seller.id, { id, tenantId, period }, await withSkuIds(tx, quantities))
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
async function tried<T>(tx: Tx, work: (tx: Tx) => Promise<T>): Promise<T> {
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

const digestOf = (outcomes: readonly Outcome[]): string => {
  const said = outcomes.map(({ edgeId, effects }) => ({ edgeId, effects: effects as unknown as Json }))
  return createHash('sha256').update(canonicalJson(said)).digest('hex')
}

async function forEachEdge(
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

async function assertKnown(
  { actor }: Ctx,
  tx: Tx,
  { tenantId, period, quantities = [] }: NewCorrection,
): Promise<void> {
  if (!(await queries.seesTenant(tx, actor, tenantId))) throw unknownReference('/tenantId')
  if (quantities.length === 0) return
  if (actor.level !== 'platform') throw errors.quantitiesOfPlatform()
  const skus = new Set(
    (
      await queries.listSkus(
        tx,
        quantities.map(({ sku }) => sku),
      )
    ).map(({ code }) => code),
  )
  const ids = quantities.map(({ subscriptionId }) => subscriptionId)
  const subscriptions = new Set((await queries.listSubscriptions(tx, tenantId, ids)).map(({ id }) => id))
  quantities.forEach(({ sku, subscriptionId, day, quantity }, index) => {
    const at = `/quantities/${index}`
    if (!subscriptions.has(subscriptionId)) throw unknownReference(`${at}/subscriptionId`)
    if (!skus.has(sku)) throw unknownReference(`${at}/sku`)
    if (periodOfDay(day) !== period) throw invalidField(`${at}/day`, 'correction.day', 'is not a day of the period')
    if (decimal(quantity).isZero()) throw invalidField(`${at}/quantity`, 'correction.no_change', 'changes nothing')
  })
}

const audit = (ctx: Ctx, tx: Tx, action: string, objectId: string): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType: 'correction', objectId }, ctx.requestId)
