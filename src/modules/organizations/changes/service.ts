import { type Branch, type Ctx, inTx, inTxOnce, levels } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant, notFound, unknownReference } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import { recordAudit } from '../../audit/service.ts'
import { asChainKeeper, readLine } from '../chain.ts'
import * as errors from '../errors.ts'
import { findPlace, lockOrganization, lockParent } from '../queries.ts'
import { type LevelBelow, toBranch } from '../service.ts'
import type { ChangeFilters, ChangePreview, ConfidentialityChange, ModelChange, Move, PlannedChange } from './model.ts'
import { previewOf } from './preview.ts'
import * as queries from './queries.ts'

/** What an organization is to become, checked: it can be planned or previewed. */
type Wish = Pick<queries.NewChange, 'kind' | 'fromPeriod' | 'toParentId' | 'toModel' | 'toConfidential' | 'to'> & {
  readonly place: ReturnType<typeof toBranch>
}

/**
 * Plans that an organization stands below another parent from the start of a future month on. Nothing changes before.
 * @throws notFound, notOwnPlace, unknownReference, parentOfWrongLevel, sameParent, lineNotActive, notInFuture,
 * changePlanned, externalIdTaken
 */
export const planMove = (ctx: Ctx, level: 'partner' | 'tenant', id: string, input: Move): Promise<PlannedChange> =>
  inTxOnce(ctx, async (tx) => plan(ctx, tx, await wishToMove(ctx, tx, level, id, input)))

/** What the move would change. @throws as `planMove` */
export const previewMove = (ctx: Ctx, level: 'partner' | 'tenant', id: string, input: Move): Promise<ChangePreview> =>
  inTx(ctx, async (tx) => previewOf(tx, ctx.actor, await wishToMove(ctx, tx, level, id, input)))

/**
 * Plans that a distributor or partner is an agent or a reseller from the start of a future month on.
 * @throws notFound, notOwnPlace, sameModel, notInFuture, changePlanned
 */
export const planModel = (
  ctx: Ctx,
  level: 'distributor' | 'partner',
  id: string,
  input: ModelChange,
): Promise<PlannedChange> => inTxOnce(ctx, async (tx) => plan(ctx, tx, await wishForModel(ctx, tx, level, id, input)))

/** What the other commercial model would change. @throws as `planModel` */
export const previewModel = (
  ctx: Ctx,
  level: 'distributor' | 'partner',
  id: string,
  input: ModelChange,
): Promise<ChangePreview> =>
  inTx(ctx, async (tx) => previewOf(tx, ctx.actor, await wishForModel(ctx, tx, level, id, input)))

/**
 * Plans that the platform does not see, or sees again, what a reseller sells, from the start of a future month on. Only the
 * platform plans it; it and the reseller's line are told.
 * @throws notFound, platformDecides, notOwnPlace, notAReseller, sameConfidentiality, notInFuture, changePlanned
 */
export const planConfidentiality = (
  ctx: Ctx,
  level: 'distributor' | 'partner',
  id: string,
  input: ConfidentialityChange,
): Promise<PlannedChange> =>
  inTxOnce(ctx, async (tx) => {
    const { confidential, fromPeriod } = input
    const subject = await subjectOf(ctx, tx, level, id, fromPeriod)
    if (ctx.actor.level !== 'platform') throw errors.platformDecides()
    if (subject.commercialModel !== 'reseller') throw errors.notAReseller()
    if (subject.confidential === confidential) throw errors.sameConfidentiality()
    return plan(ctx, tx, { kind: 'confidentiality', place: subject.place, fromPeriod, toConfidential: confidential })
  })

async function wishToMove(ctx: Ctx, tx: Tx, level: LevelBelow, id: string, input: Move): Promise<Wish> {
  const { place, parentId, externalId } = await subjectOf(ctx, tx, level, id, input.fromPeriod)
  const row = await lockParent(tx, ctx.actor, input.parentId)
  if (!row) throw unknownReference('/parentId')
  if (levels.indexOf(row.level) >= levels.indexOf(level)) throw errors.parentOfWrongLevel()
  if (row.organizationId === parentId) throw errors.sameParent()
  const parent = toBranch(ctx.actor, row)
  if (!(await readLine(tx, ctx.actor, parent)).isActive) throw errors.lineNotActive()
  // Whoever changes in that month changes what is below it then: one change would undo the other.
  if (await asChainKeeper(tx, ctx.actor, () => queries.isPlannedAbove(tx, parent, input.fromPeriod)))
    throw errors.changePlanned()
  if (externalId !== null && (await queries.isExternalIdTaken(tx, ctx.actor, input.parentId, externalId))) {
    throw errors.externalIdTakenThere()
  }
  return { kind: 'parent', place, fromPeriod: input.fromPeriod, toParentId: input.parentId, to: parent }
}

async function wishForModel(ctx: Ctx, tx: Tx, level: LevelBelow, id: string, input: ModelChange): Promise<Wish> {
  const { place, commercialModel } = await subjectOf(ctx, tx, level, id, input.fromPeriod)
  if (commercialModel === input.commercialModel) throw errors.sameModel()
  return { kind: 'commercial_model', place, fromPeriod: input.fromPeriod, toModel: input.commercialModel }
}

/** Who changes: below the caller, not closed, and without another change in its line from the same month on. */
async function subjectOf(ctx: Ctx, tx: Tx, level: LevelBelow, id: string, fromPeriod: string) {
  const row = await lockOrganization(tx, ctx.actor, level, id)
  if (!row) throw notFound()
  if (id === ctx.actor.organizationId) throw errors.notOwnPlace()
  if (row.state === 'closed') throw errors.impossibleMove()
  const found = await findPlace(tx, ctx.actor, id)
  invariant(found, 'a locked organization has a place')
  const place = toBranch(ctx.actor, found)
  await assertPlannable(ctx, tx, place, fromPeriod)
  const { parentId, externalId, commercialModel, confidential } = row
  return { place, parentId, externalId, commercialModel, confidential }
}

/**
 * Lets one change of a line be planned for a month that has not begun; nobody else plans until the transaction ends.
 * @throws notInFuture, changePlanned
 */
export async function assertPlannable(ctx: Ctx, tx: Tx, place: Branch, fromPeriod: string): Promise<void> {
  await queries.lockPlanning(tx)
  if (fromPeriod <= (await queries.findCurrentPeriod(tx))) throw errors.notInFuture()
  const isPlanned = await asChainKeeper(tx, ctx.actor, () => queries.isLinePlanned(tx, place, fromPeriod))
  if (isPlanned) throw errors.changePlanned()
}

async function plan(ctx: Ctx, tx: Tx, { place, ...wish }: Wish): Promise<PlannedChange> {
  const { platformId, distributorId, partnerId, tenantId, organizationId } = place
  const seen = (id: string) => (id === nilId ? null : id)
  const sees = {
    platform: platformId,
    distributor: seen(distributorId),
    partner: seen(partnerId),
    tenant: seen(tenantId),
  }
  const change = { ...wish, organizationId, askedBy: ctx.actor.organizationId, sees }
  return insertPlanned(ctx, tx, change)
}

/** Writes a planned change with its audit line. */
export async function insertPlanned(ctx: Ctx, tx: Tx, change: queries.NewChange): Promise<PlannedChange> {
  const id = await asChainKeeper(tx, ctx.actor, () => queries.insertChange(tx, change))
  const details = { changeId: id, kind: change.kind, fromPeriod: change.fromPeriod }
  const entry = { objectType: 'organization', objectId: change.organizationId, details }
  await recordAudit(tx, ctx.actor, { ...entry, action: 'organization.change_planned' }, ctx.requestId)
  const planned = await queries.findChange(tx, ctx.actor, id)
  invariant(planned, 'who plans a change sees it')
  return planned
}

/** Changes that the caller's line or edges take part in, newest first. */
export async function listChanges(ctx: Ctx, filters: ChangeFilters): Promise<Page<PlannedChange>> {
  const page = idPageRequest('hierarchy-changes', filters)
  const rows = await inTx(ctx, (tx) => queries.listChanges(tx, ctx.actor, filters, page))
  return pageOf(
    'hierarchy-changes',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

/** @throws notFound */
export const getChange = (ctx: Ctx, id: string): Promise<PlannedChange> =>
  inTx(ctx, async (tx) => {
    const change = await queries.findChange(tx, ctx.actor, id)
    if (!change) throw notFound()
    return change
  })

/**
 * Takes a planned change back, by the organization that planned it or the platform, before its month begins. May run twice.
 * @throws notFound, notOwnChange, changeDue
 */
export const cancelChange = (ctx: Ctx, id: string): Promise<PlannedChange> =>
  inTxOnce(ctx, async (tx) => {
    const change = await queries.findChange(tx, ctx.actor, id)
    if (!change) throw notFound()
    const isNew = await asChainKeeper(tx, ctx.actor, async () => {
      const locked = await queries.lockChange(tx, id)
      invariant(locked, 'a change is never deleted')
      const isOwn = ctx.actor.level === 'platform' || locked.askedBy === ctx.actor.organizationId
      if (!isOwn) throw errors.notOwnChange()
      if (locked.state === 'cancelled') return false
      if (locked.state === 'done' || locked.isDue) throw errors.changeDue()
      await queries.cancelChange(tx, id)
      return true
    })
    const details = { changeId: id, kind: change.kind, fromPeriod: change.fromPeriod }
    const entry = { objectType: 'organization', objectId: change.organizationId, details }
    if (isNew) await recordAudit(tx, ctx.actor, { ...entry, action: 'organization.change_cancelled' }, ctx.requestId)
    const cancelled = await queries.findChange(tx, ctx.actor, id)
    invariant(cancelled, 'a cancelled change is still seen')
    return cancelled
  })
