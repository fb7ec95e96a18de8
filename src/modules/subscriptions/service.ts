import { day } from '../../billing/days.ts'
import { boundedDecimal, isNegative, plainText } from '../../billing/money.ts'
import { type Actor, type Branch, type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField, invariant, notFound, type Pointer, unknownReference } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import type { Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { checkedInput } from '../billing-errors.ts'
import { markChargesDue } from '../billing/rating/due.ts'
import { type Line, readLine, shareChains } from '../organizations/chain.ts'
import { findBranch } from '../organizations/service.ts'
import { addAliases } from './aliases.ts'
import { externalIdTaken, tenantNotActive } from './errors.ts'
import type { NewSubscription, NewTenantSubscription, Subscription, SubscriptionFilters } from './model.ts'
import * as queries from './queries.ts'

/** The subscriptions of the own branch, the newest first. */
export const listSubscriptions = (ctx: Ctx, filters: SubscriptionFilters): Promise<Page<Subscription>> => {
  const page = idPageRequest('subscriptions', filters)
  return inTx(ctx, async (tx) => {
    const rows = await queries.listSubscriptions(tx, ctx.actor, filters, page)
    return pageOf('subscriptions', page, rows, ({ id }) => id, toSubscription)
  })
}

/** @throws notFound */
export const getSubscription = (ctx: Ctx, id: string): Promise<Versioned<Subscription>> =>
  inTx(ctx, (tx) => readSubscription(tx, ctx.actor, id))

/** A subscription of the actor's branch, in the caller's transaction. @throws notFound */
export async function readSubscription(tx: Tx, actor: Actor, id: string): Promise<Versioned<Subscription>> {
  const row = await queries.findSubscription(tx, actor, id)
  if (!row) throw notFound()
  return { value: toSubscription(row), version: row.version }
}

/** Where a tenant stands; a skipped level is the nil UUID. */
type TenantPlace = Pick<Branch, 'tenantId' | 'partnerId' | 'distributorId'>

/** Orders a plan for a tenant of the own branch. @throws as `createSubscription`, unknownReference at /tenantId */
export const orderSubscription = (ctx: Ctx, input: NewTenantSubscription): Promise<Versioned<Subscription>> =>
  inTxOnce(ctx, async (tx) => {
    const { tenantId, ...order } = input
    await shareChains(tx)
    const place = await findBranch(tx, ctx.actor, tenantId)
    if (place?.level !== 'tenant') throw unknownReference('/tenantId')
    const { id } = await createSubscription(ctx, tx, place, order, '')
    return readSubscription(tx, ctx.actor, id)
  })

/**
 * Orders a plan for a tenant, in the caller's transaction and as its tier; `pointer` is where the order stands in the
 * request. The version is pinned: new versions of the plan do not move the subscription.
 * @throws tenantNotActive, externalIdTaken, DomainError 422 below `pointer`; a version that is absent, not published,
 * out of sight or of nobody who sells to the tenant is an unknown reference, alike.
 */
export async function createSubscription(
  ctx: Ctx,
  tx: Tx,
  tenant: TenantPlace,
  input: NewSubscription,
  pointer: '' | Pointer,
): Promise<Subscription> {
  const row = { ...checkOrder(input, pointer), ...placeOf(tenant) }
  const line = await readLine(tx, ctx.actor, tenantBranch(ctx, tenant))
  if (!line.isActive) throw tenantNotActive('/tenantId')
  await checkVersion(ctx, tx, line, input.planVersionId, `${pointer}/planVersionId`)
  const id = await queries.insertSubscription(tx, row)
  if (!id) throw externalIdTaken(`${pointer}/externalId`)
  await addAliases(tx, id, input.externalIds ?? [], `${pointer}/externalIds`)
  const entry = { action: 'subscription.created', objectType: 'subscription', objectId: id }
  await recordAudit(tx, ctx.actor, { ...entry, details: { tenantId: tenant.tenantId } }, ctx.requestId)
  await markChargesDue(tx, ctx.actor, tenant.tenantId, row.startDate)
  return (await readSubscription(tx, ctx.actor, id)).value
}

/** @throws unknownReference for a version that is absent, not published, out of sight or of nobody who sells to the tenant. */
async function checkVersion(ctx: Ctx, tx: Tx, line: Line, planVersionId: string, pointer: string): Promise<void> {
  const ownerId = await queries.findPublishedOwner(tx, ctx.actor, planVersionId)
  if (ownerId === undefined || !isSellerOn(line, ownerId)) throw unknownReference(pointer)
}

/** As at an order: the tenant's line takes orders, and the version is one of theirs. @throws tenantNotActive, unknownReference */
export async function checkNewVersion(ctx: Ctx, tx: Tx, tenantId: string, planVersionId: string): Promise<void> {
  const place = await findBranch(tx, ctx.actor, tenantId)
  invariant(place, 'a subscription is of a tenant')
  const line = await readLine(tx, ctx.actor, place)
  if (!line.isActive) throw tenantNotActive('/path/id')
  await checkVersion(ctx, tx, line, planVersionId, '/planVersionId')
}

const placeOf = ({ tenantId, partnerId, distributorId }: TenantPlace): TenantPlace => ({
  tenantId,
  partnerId,
  distributorId,
})

const tenantBranch = ({ actor }: Ctx, tenant: TenantPlace): Branch => ({
  ...placeOf(tenant),
  organizationId: tenant.tenantId,
  level: 'tenant',
  platformId: actor.platformId,
})

function checkOrder(input: NewSubscription, pointer: string) {
  const startDate = checkedInput(() => day(input.startDate, `${pointer}/startDate`))
  const quantity = checkQuantity(input.quantity ?? '1', `${pointer}/quantity`)
  const { name, planVersionId, externalId = null, startTime = '00:00:00' } = input
  return { name, planVersionId, externalId, startDate, startTime, quantity }
}

/** A quantity above zero, plain. @throws DomainError 422 at `pointer` */
export function checkQuantity(text: string, pointer: string): string {
  const quantity = checkedInput(() => boundedDecimal(text, pointer))
  if (quantity.isZero() || isNegative(quantity)) {
    throw invalidField(pointer, 'subscription.quantity', 'must be above zero')
  }
  return plainText(quantity)
}

/** True for the platform and for the resellers above the tenant. */
function isSellerOn({ chain }: Line, ownerId: string): boolean {
  const { platformId, distributor, partner } = chain
  const dealers = [distributor, partner].filter((dealer) => dealer?.model === 'reseller')
  return ownerId === platformId || dealers.some((dealer) => dealer?.id === ownerId)
}

const toSubscription = ({ version: _, startTime, ...subscription }: queries.SubscriptionRow): Subscription => ({
  ...subscription,
  ...(startTime !== '00:00:00' && { startTime }),
})
