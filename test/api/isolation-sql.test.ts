import { describe, expect, test } from 'bun:test'
import { tierRole } from '../../src/platform/context.ts'
import type { Scope } from '../../src/platform/db.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld, type Member, viewersOf } from '../support/world.ts'

// The second lock: what each tier's role sees in the database when our own predicates are forgotten.

const database = await testDatabase()
const api = testApi(database)
const { db } = api
const sql = lookInto(database)
const world = await buildWorld(api)
const actors = viewersOf(world)
const absent = Bun.randomUUIDv7()

/** Tables with these columns, as far as a tier may read them. */
const tablesWith = async (columns: string[]) => {
  const rows = await sql<{ name: string }[]>`
    select relname as name from pg_class
    where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition
      and (select count(*) from pg_attribute where attrelid = pg_class.oid and attname = any (${columns})
           and has_column_privilege('weir_tenant', attrelid, attnum, 'select')) = ${columns.length}
    order by relname`
  return rows.map(({ name }) => name)
}
const branchTables = await tablesWith(['distributor_id', 'partner_id', 'tenant_id'])
/** Shared price lists have no single buyer: they are read by the seller of record, not by sight. */
const edgeTables = (await tablesWith(['see_distributor_id', 'see_partner_id', 'see_tenant_id'])).filter(
  (table) => table !== 'price_list',
)

describe('in SQL, without our own predicate', () => {
  const scopeOf = (actor: Member): Scope => ({
    role: tierRole(actor.level),
    organizationId: actor.id,
    accountId: null,
    sellerOfRecordId: world.platform.id,
    line: actor.line,
  })

  test('the tables are found', () => {
    expect(branchTables).toEqual(expect.arrayContaining(['account', 'audit', 'chain', 'organization', 'role_grant']))
    expect(edgeTables).toEqual(expect.arrayContaining(['edge', 'invoice']))
  })

  test.each(actors.map((actor) => [actor.name, actor] as const))(
    '%s sees rows of its branch only',
    async (_, actor) => {
      for (const table of branchTables) {
        const owners = await db.transaction(
          scopeOf(actor),
          (tx) => tx<{ owner: string }[]>`select ${tx(`${actor.level}_id`)} as owner from ${tx(table)}`,
        )
        expect(owners.filter(({ owner }) => owner !== actor.id)).toEqual([])
      }
      const [seen] = await db.transaction(scopeOf(actor), (tx) => tx`select count(*)::int from organization`)
      expect(seen?.['count']).toBe(world.all.filter((member) => member.line.includes(actor.id)).length)
    },
  )

  test.each(actors.map((actor) => [actor.name, actor] as const))('%s sees its edges only', async (_, actor) => {
    for (const table of edgeTables) {
      const owners = await db.transaction(
        scopeOf(actor),
        (tx) => tx<{ owner: string | null }[]>`select ${tx(`see_${actor.level}_id`)} as owner from ${tx(table)}`,
      )
      expect(owners.filter(({ owner }) => owner !== actor.id)).toEqual([])
    }
  })

  test('a reseller’s purchase is not seen below it, its sale not beside it; the cost edge by nobody but the platform', async () => {
    const edges = async (actor: Member) =>
      (
        await db.transaction(
          scopeOf(actor),
          (tx) => tx<{ seller: string; buyer: string }[]>`
        select seller_id as seller, buyer_id as buyer from edge order by id`,
        )
      ).map(({ seller, buyer }) => [seller, buyer])
    const reseller = world.distributors.reseller
    const below = world.partner('reseller/reseller')
    const tenant = world.tenant('reseller/reseller')
    expect(await edges(tenant)).toEqual([[below.id, tenant.id]])
    expect(await edges(below)).toEqual([
      [reseller.id, below.id],
      [below.id, tenant.id],
    ])
    expect(await edges(world.tenant('agent/agent'))).toEqual([[world.platform.id, world.tenant('agent/agent').id]])
    expect(await edges(reseller)).not.toContainEqual([below.id, tenant.id])
    expect((await edges(world.platform)).filter(([seller, buyer]) => seller === buyer)).toHaveLength(1)
  })

  test('rows can not be written into another branch', async () => {
    const actor = world.partner('reseller/agent')
    const sibling = world.tenant('reseller/reseller')
    const insert = db.transaction(
      scopeOf(actor),
      (tx) => tx`
      insert into organization (id, level, parent_id, distributor_id, partner_id, tenant_id, name, currency)
      select ${absent}, 'tenant', ${world.partner('reseller/reseller').id}, ${world.distributors.reseller.id},
             ${world.partner('reseller/reseller').id}, ${absent}, 'X', 'EUR'`,
    )
    await expect(insert).rejects.toThrow('row-level security')
    const updated = await db.transaction(
      scopeOf(actor),
      (tx) => tx`
      update organization set name = 'X' where id = ${sibling.id} returning id`,
    )
    expect(updated).toHaveLength(0)
  })

  test('no tier reads a password', async () => {
    for (const actor of [world.platform, ...actors]) {
      const read = db.transaction(scopeOf(actor), (tx) => tx`select password_hash from account`)
      await expect(read).rejects.toThrow('permission denied')
    }
  })

  test('forgetting the context fails loudly, as each tier and as no role at all', async () => {
    for (const actor of [world.distributors.agent, world.partner('agent/agent'), world.tenant('agent/agent')]) {
      const lost = { ...scopeOf(actor), organizationId: '' }
      await expect(db.transaction(lost, (tx) => tx`select id from organization`)).rejects.toThrow(
        'invalid input syntax',
      )
    }
    const bare = db.transaction(scopeOf(world.platform), async (tx) => {
      await tx`select set_config('role', 'none', true)`
      return tx`select id from organization`
    })
    await expect(bare).rejects.toThrow('permission denied')
  })
})
