import { isoMinorDigits } from '../../billing/currencies.ts'
import { isTimeZone } from '../../billing/zones.ts'
import { type Branch, type Ctx, inTxOnce, levels } from '../../platform/context.ts'
import { isViolation, type Tx } from '../../platform/db.ts'
import { invariant, unknownReference } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import type { Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { createSubscription } from '../subscriptions/service.ts'
import { hashPeople, insertAdministrators } from '../users/service.ts'
import { type Line, openChain, openReseller, readLine, sellerBelow, shareChains } from './chain.ts'
import {
  currencyOfSeller,
  externalIdTaken,
  lineNotActive,
  notAboveThatLevel,
  notAReseller,
  parentOfWrongLevel,
  platformDecides,
  unknownCurrency,
  unknownTimeZone,
} from './errors.ts'
import type {
  CreatedOrganization,
  CreatedTenant,
  NewDistributor,
  NewPartner,
  NewTenant,
  Organization,
} from './model.ts'
import { insertOrganization, lockParent } from './queries.ts'
import { type LevelBelow, toBranch, toVersioned } from './service.ts'

type NewOrganization = Omit<NewPartner & NewTenant, 'subscriptions'>
type Model = NonNullable<Organization['commercialModel']>

/**
 * Makes a distributor or a partner with its first administrators, all or nothing. A reseller's edge opens with it.
 * @throws notAboveThatLevel, unknownReference, parentOfWrongLevel, lineNotActive, externalIdTaken, emailTwice,
 * unknownCurrency, unknownTimeZone, platformDecides, notAReseller
 */
export const createChannel = (
  ctx: Ctx,
  level: 'distributor' | 'partner',
  input: NewDistributor | NewPartner,
): Promise<Versioned<CreatedOrganization>> => {
  const model = input.commercialModel ?? 'agent'
  return onboard(ctx, level, input, model, async (tx, place, created, billed) => {
    if (model === 'reseller') await openReseller(tx, ctx.actor, place, billed)
    return created
  })
}

/**
 * Makes a tenant with its chain, its first administrators and its subscriptions, all or nothing.
 * @throws as `createChannel`, currencyOfSeller, and what `createSubscription` throws, at `/subscriptions/<index>`
 */
export const createTenant = (ctx: Ctx, input: NewTenant): Promise<Versioned<CreatedTenant>> =>
  onboard(ctx, 'tenant', input, null, async (tx, place, created, billed) => {
    await openChain(tx, ctx.actor, place, billed)
    const subscriptions: CreatedTenant['subscriptions'] = []
    for (const [index, wanted] of (input.subscriptions ?? []).entries()) {
      subscriptions.push(await createSubscription(ctx, tx, place, wanted, `/subscriptions/${index}`))
    }
    return { ...created, subscriptions }
  })

/** What a level does in the transaction after its organization and its people stand. `billed`: the edge's currency. */
type Finish<T> = (tx: Tx, place: Branch, created: CreatedOrganization, billed: string) => Promise<T>

async function onboard<T extends CreatedOrganization>(
  ctx: Ctx,
  level: LevelBelow,
  input: NewOrganization,
  model: Model | null,
  finish: Finish<T>,
): Promise<Versioned<T>> {
  if (levels.indexOf(ctx.actor.level) >= levels.indexOf(level)) throw notAboveThatLevel()
  if (input.timeZone !== undefined && !isTimeZone(input.timeZone)) throw unknownTimeZone()
  if (input.currency !== undefined && isoMinorDigits(input.currency) === undefined) throw unknownCurrency()
  if (input.confidential) assertConfidentialAllowed(ctx, model)
  const people = await hashPeople(input.admins ?? [])
  try {
    return await inTxOnce(ctx, async (tx) => {
      const { place, organization, version, billed } = await insertBelow(ctx, tx, level, input, model)
      await insertAdministrators(ctx, tx, place, people)
      const created = { ...organization, adminIds: people.map(({ id }) => id) }
      return { value: await finish(tx, place, created, billed), version }
    })
  } catch (error) {
    throw isViolation(error, 'organization_external_id_per_parent') ? externalIdTaken() : error
  }
}

function assertConfidentialAllowed(ctx: Ctx, model: Model | null): void {
  if (ctx.actor.level !== 'platform') throw platformDecides()
  if (model !== 'reseller') throw notAReseller()
}

async function insertBelow(ctx: Ctx, tx: Tx, level: LevelBelow, input: NewOrganization, model: Model | null) {
  await shareChains(tx)
  const { place, line } = await placeBelow(ctx, tx, level, input.parentId ?? ctx.actor.organizationId)
  const { own, billed } = currenciesOf(ctx, line, level, input.currency)
  const row = await insertOrganization(tx, {
    place,
    parentId: input.parentId ?? ctx.actor.organizationId,
    name: input.name,
    externalId: input.externalId ?? null,
    commercialModel: model,
    isConfidential: input.confidential ?? false,
    currency: own,
    timeZone: input.timeZone ?? 'UTC',
    contact: input.contact ?? null,
  })
  invariant(row, 'an insert answers its row')
  const details = {
    level,
    parentId: row.parentId,
    commercialModel: model,
    confidential: row.confidential,
    currency: own,
  }
  const entry = { action: 'organization.created', objectType: 'organization', objectId: row.id, details }
  await recordAudit(tx, ctx.actor, entry, ctx.requestId)
  const { value: organization, version } = toVersioned(row)
  return { place, organization, version, billed }
}

/** Where the new organization will stand. The parent is in the caller's branch: the tier's policies have said so. */
async function placeBelow(
  ctx: Ctx,
  tx: Tx,
  level: LevelBelow,
  parentId: string,
): Promise<{ place: Branch; line: Line }> {
  const row = await lockParent(tx, ctx.actor, parentId)
  if (!row) throw unknownReference('/parentId')
  if (levels.indexOf(row.level) >= levels.indexOf(level)) throw parentOfWrongLevel()
  const parent = toBranch(ctx.actor, row)
  const line = await readLine(tx, ctx.actor, parent)
  if (!line.isActive) throw lineNotActive()
  const id = newId()
  return { place: { ...parent, organizationId: id, level, [`${level}Id`]: id }, line }
}

/** The seller chooses what it bills in (domain, Chains). Below somebody else's seller, a reseller only chooses its own. */
function currenciesOf(ctx: Ctx, line: Line, level: LevelBelow, wanted: string | undefined) {
  const seller = sellerBelow(line, level)
  const own = wanted ?? seller.currency
  const billed = seller.id === ctx.actor.organizationId ? own : seller.currency
  if (level === 'tenant' && own !== billed) throw currencyOfSeller()
  return { own, billed }
}
