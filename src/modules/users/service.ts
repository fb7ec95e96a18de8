import type { Branch, Ctx } from '../../platform/context.ts'
import { inTx, inTxOnce } from '../../platform/context.ts'
import { isViolation, type Tx } from '../../platform/db.ts'
import { invariant, notFound, unknownReference } from '../../platform/errors.ts'
import { newId } from '../../platform/ids.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { stale, type Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { findBranch } from '../organizations/service.ts'
import { administratorOf, levelOfRole, type Role } from '../roles/permissions.ts'
import { emailTaken, emailTwice, notInState, roleOfOtherLevel } from './errors.ts'
import { keepAdministrators } from './grants.ts'
import type { NewPerson, NewUser, User, UserChange, UserFilters } from './model.ts'
import * as queries from './queries.ts'
import { readUser, toUser, toVersioned } from './read.ts'

/** The users of the caller's branch, newest first. */
export async function listUsers(ctx: Ctx, filters: UserFilters): Promise<Page<User>> {
  const page = idPageRequest('users', filters)
  const rows = await inTx(ctx, (tx) => queries.listUsers(tx, ctx.actor, filters, page))
  return pageOf('users', page, rows, (row) => row.id, toUser)
}

/** @throws notFound */
export const getUser = (ctx: Ctx, id: string): Promise<Versioned<User>> =>
  inTx(ctx, async (tx) => toVersioned(await readUser(ctx, tx, id)))

/**
 * Makes a user with one role at an organization of the caller's branch.
 * @throws unknownReference, roleOfOtherLevel, emailTaken
 */
export const createUser = (ctx: Ctx, input: NewUser): Promise<Versioned<User>> =>
  createOne(ctx, input, input.role, async (tx) => {
    const place = await findBranch(tx, ctx.actor, input.organizationId ?? ctx.actor.organizationId)
    if (!place) throw unknownReference('/organizationId')
    if (levelOfRole(input.role) !== place.level) throw roleOfOtherLevel()
    return place
  })

/** Makes an administrator of a tenant of the caller's branch. @throws notFound, emailTaken */
export const createAdministrator = (ctx: Ctx, tenantId: string, input: NewPerson): Promise<Versioned<User>> =>
  createOne(ctx, input, administratorOf('tenant'), (tx) => tenantPlace(ctx, tx, tenantId))

/** The administrators of a tenant of the caller's branch, newest first. @throws notFound */
export async function listAdministrators(
  ctx: Ctx,
  tenantId: string,
  query: { cursor?: string; limit?: number },
): Promise<Page<User>> {
  const page = idPageRequest('administrators', query)
  const rows = await inTx(ctx, async (tx) => {
    const { organizationId } = await tenantPlace(ctx, tx, tenantId)
    return queries.listHolders(tx, ctx.actor, organizationId, administratorOf('tenant'), page)
  })
  return pageOf('administrators', page, rows, (row) => row.id, toUser)
}

async function tenantPlace(ctx: Ctx, tx: Tx, tenantId: string): Promise<Branch> {
  const place = await findBranch(tx, ctx.actor, tenantId)
  if (place?.level !== 'tenant') throw notFound()
  return place
}

/** Asks for the place twice: first to refuse without the cost of a hash, then in the transaction that counts. */
async function createOne(
  ctx: Ctx,
  person: NewPerson,
  role: Role,
  placeOf: (tx: Tx) => Promise<Branch>,
): Promise<Versioned<User>> {
  await inTx(ctx, placeOf)
  const [hashed] = await hashPeople([person])
  invariant(hashed, 'one person gives one account')
  try {
    return await inTxOnce(ctx, async (tx) => {
      const id = await insertUser(ctx, tx, await placeOf(tx), hashed, role)
      return toVersioned(await readUser(ctx, tx, id))
    })
  } catch (error) {
    throw isViolation(error, 'account_email_per_organization') ? emailTaken() : error
  }
}

/** People whose passwords are hashed, so that a transaction need not wait for it. */
type HashedPerson = queries.NewAccount

/**
 * Hashes passwords with argon2id, one after the other: each takes much memory for a tenth of a second.
 * @throws emailTwice at `/admins/<index>/email`
 */
export async function hashPeople(people: readonly NewPerson[]): Promise<HashedPerson[]> {
  const hashed: HashedPerson[] = []
  for (const [index, { email: spelled, name, password }] of people.entries()) {
    const email = spelled.toLowerCase()
    if (hashed.some((before) => before.email === email)) throw emailTwice(`/admins/${index}/email`)
    hashed.push({ id: newId(), email, name, passwordHash: await Bun.password.hash(password, 'argon2id') })
  }
  return hashed
}

/** Makes the first administrators of a new organization, in the caller's transaction. */
export async function insertAdministrators(
  ctx: Ctx,
  tx: Tx,
  place: Branch,
  people: readonly HashedPerson[],
): Promise<void> {
  for (const person of people) await insertUser(ctx, tx, place, person, administratorOf(place.level))
}

async function insertUser(ctx: Ctx, tx: Tx, place: Branch, person: HashedPerson, role: Role): Promise<string> {
  await queries.insertAccount(tx, place, person)
  await queries.insertGrant(tx, place, { accountId: person.id, role, grantedBy: ctx.actor.accountId })
  const details = { organizationId: place.organizationId, role }
  const entry = { action: 'user.created', objectType: 'user', objectId: person.id, details }
  await recordAudit(tx, ctx.actor, entry, ctx.requestId)
  return person.id
}

/** Changes a user as it was at `version`. @throws notFound, stale */
export const updateUser = (ctx: Ctx, id: string, version: number, change: UserChange): Promise<Versioned<User>> =>
  inTx(ctx, async (tx) => {
    await readUser(ctx, tx, id)
    if (!(await queries.updateUserName(tx, ctx.actor, id, version, change.name))) throw stale()
    const entry = { action: 'user.updated', objectType: 'user', objectId: id, details: { name: true } }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    return toVersioned(await readUser(ctx, tx, id))
  })

/**
 * Shuts a user out: no new sign-in, no renewed token; the token in hand ends by itself within minutes.
 * @throws notFound, notInState, lastAdministrator
 */
export const suspendUser = (ctx: Ctx, id: string): Promise<Versioned<User>> =>
  inTxOnce(ctx, async (tx) => {
    const user = await readUser(ctx, tx, id)
    await keepAdministrators(ctx, tx, user.id, user.roles)
    return moveUser(ctx, tx, id, 'suspended')
  })

/** Lets a suspended user in again. @throws notFound, notInState */
export const resumeUser = (ctx: Ctx, id: string): Promise<Versioned<User>> =>
  inTxOnce(ctx, async (tx) => {
    await readUser(ctx, tx, id)
    return moveUser(ctx, tx, id, 'active')
  })

async function moveUser(ctx: Ctx, tx: Tx, id: string, state: User['state']): Promise<Versioned<User>> {
  const [action, before] = state === 'active' ? ['user.resumed', 'suspended'] : ['user.suspended', 'active']
  if (!(await queries.updateUserState(tx, ctx.actor, id, state))) throw notInState(before)
  await recordAudit(tx, ctx.actor, { action, objectType: 'user', objectId: id }, ctx.requestId)
  return toVersioned(await readUser(ctx, tx, id))
}
