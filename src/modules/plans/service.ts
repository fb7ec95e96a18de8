import { mayMove } from '../../billing/states.ts'
import { type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invariant, notFound } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { stale, type Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { listSkusPerBuyer, listUnpricedSkus } from '../pricing/price-lists/rates.ts'
import { assertSeller } from '../pricing/sellers.ts'
import * as errors from './errors.ts'
import { readItems, type StoredItem } from './items.ts'
import type { ItemChange, NewPlan, NewVersion, Plan, PlanFilters, Version, VersionPath } from './model.ts'
import * as queries from './queries.ts'

/** Creates a plan with a first draft version. Only sellers own plans. @throws notASeller, planCodeTaken, DomainError 422 */
export const createPlan = (ctx: Ctx, input: NewPlan): Promise<Versioned<Plan>> =>
  inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const items = await readItems(tx, input.items)
    const ownerId = ctx.actor.organizationId
    const id = await queries.insertPlan(tx, { ownerId, code: input.code, name: input.name })
    if (!id) throw errors.planCodeTaken()
    await addDraft(ctx, tx, id, items)
    await notePlan(ctx, tx, 'plan.created', id)
    return readPlan(ctx, tx, id)
  })

/** The plans of the own line, those that may be taken there; the newest first. */
export const listPlans = (ctx: Ctx, filters: PlanFilters): Promise<Page<Plan>> => {
  const page = idPageRequest('plans', filters)
  return inTx(ctx, async (tx) =>
    pageOf('plans', page, await queries.listPlans(tx, ctx.actor, filters, page), ({ id }) => id, toPlan),
  )
}

/** @throws notFound */
export const getPlan = (ctx: Ctx, id: string): Promise<Versioned<Plan>> => inTx(ctx, (tx) => readPlan(ctx, tx, id))

/** Adds a draft: of the named items, else a copy of the last version. @throws notFound, notYourPlan, draftExists, DomainError 422 */
export const createVersion = (ctx: Ctx, id: string, input: NewVersion): Promise<Versioned<Plan>> =>
  changePlan(ctx, id, 'plan.version_created', async (tx, plan) => {
    if (draftOf(plan)) throw errors.draftExists()
    await addDraft(ctx, tx, id, input.items ? await readItems(tx, input.items) : (plan.versions[0]?.items ?? []))
  })

/** Replaces the items of a draft of the plan as it was at `expected`. @throws notFound, notYourPlan, stale, versionFixed */
export const replaceItems = (ctx: Ctx, path: VersionPath, expected: number, input: ItemChange) =>
  changePlan(ctx, path.id, 'plan.items_replaced', async (tx, plan) => {
    const version = versionOf(plan, path.number)
    if (plan.version !== expected) throw stale()
    if (version.state !== 'draft') throw errors.versionFixed()
    const items = await readItems(tx, input.items)
    await queries.deleteItems(tx, version.id)
    await queries.insertItems(tx, plan.ownerId, version.id, items)
  })

/**
 * Publishes the draft: from now on it is fixed and may be subscribed to. It moves no subscription.
 * @throws notFound, notYourPlan, noDraft, planEmpty, priceMissing, pricePerBuyer
 */
export const publishPlan = (ctx: Ctx, id: string): Promise<Versioned<Plan>> =>
  changePlan(ctx, id, 'plan.published', async (tx, plan) => {
    const draft = draftOf(plan)
    if (!draft) throw errors.noDraft()
    if (draft.items.length === 0) throw errors.planEmpty()
    const unpriced = await listUnpricedSkus(tx, plan.ownerId, draft.id, draft.items)
    const pointers = draft.items.flatMap(({ skuId }, index) => (unpriced.has(skuId) ? [`/items/${index}`] : []))
    if (pointers.length > 0) throw errors.priceMissing(pointers)
    await assertChargeable(ctx, tx, draft)
    await queries.publishVersion(tx, draft.id)
  })

/** Charges of a buyer have no whole that tiers could count over. @throws pricePerBuyer */
async function assertChargeable(ctx: Ctx, tx: Tx, { items }: Version): Promise<void> {
  const charges = items.filter(({ kind }) => kind !== 'usage').map(({ skuId }) => skuId)
  const perBuyer = await listSkusPerBuyer(tx, ctx.actor, charges)
  const pointers = items.flatMap(({ skuId }, index) => (perBuyer.has(skuId) ? [`/items/${index}`] : []))
  if (pointers.length > 0) throw errors.pricePerBuyer(pointers)
}

/** Ends new subscriptions to a version; those that there are stay. @throws notFound, notYourPlan, versionNotPublished */
export const retireVersion = (ctx: Ctx, path: VersionPath): Promise<Versioned<Plan>> =>
  changePlan(ctx, path.id, 'plan.version_retired', async (tx, plan) => {
    const version = versionOf(plan, path.number)
    if (!mayMove('planVersion', version.state, 'retired')) throw errors.versionNotPublished()
    await queries.retireVersion(tx, version.id)
  })

const changePlan = (
  ctx: Ctx,
  id: string,
  action: string,
  change: (tx: Tx, plan: queries.PlanRow) => Promise<void>,
): Promise<Versioned<Plan>> =>
  inTxOnce(ctx, async (tx) => {
    const isOwn = await queries.lockOwnPlan(tx, ctx.actor.organizationId, id)
    const plan = await queries.findPlan(tx, ctx.actor, id)
    if (!plan) throw notFound()
    if (!isOwn) throw errors.notYourPlan()
    await change(tx, plan)
    await queries.touchPlan(tx, id)
    await notePlan(ctx, tx, action, id)
    return readPlan(ctx, tx, id)
  })

async function addDraft(ctx: Ctx, tx: Tx, planId: string, items: readonly StoredItem[]): Promise<void> {
  const ownerId = ctx.actor.organizationId
  const versionId = await queries.insertVersion(tx, ownerId, planId)
  invariant(versionId, 'a new version has an id')
  await queries.insertItems(tx, ownerId, versionId, items)
}

const draftOf = (plan: Plan): Version | undefined => plan.versions.find(({ state }) => state === 'draft')

function versionOf(plan: Plan, number: string): Version {
  const version = plan.versions.find((one) => one.number === Number(number))
  if (!version) throw notFound()
  return version
}

async function readPlan(ctx: Ctx, tx: Tx, id: string): Promise<Versioned<Plan>> {
  const row = await queries.findPlan(tx, ctx.actor, id)
  if (!row) throw notFound()
  return { value: toPlan(row), version: row.version }
}

const toPlan = ({ version: _, ...plan }: queries.PlanRow): Plan => plan

const notePlan = (ctx: Ctx, tx: Tx, action: string, objectId: string): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType: 'plan', objectId }, ctx.requestId)
