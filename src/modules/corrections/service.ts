import { decimal } from '../../billing/money.ts'
import { periodOfDay } from '../../billing/period.ts'
import { type Actor, type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import { type Tx } from '../../platform/db.ts'
import { invalidField, notFound, unknownReference } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import { assertSeller } from '../pricing/sellers.ts'
import * as errors from './errors.ts'
import type { Correction, CorrectionFilters, NewCorrection } from './model.ts'
import { perform, tellSellers, tried, digestOf, forEachEdge } from './perform.ts'
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
