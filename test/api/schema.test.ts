import { expect, test } from 'bun:test'
import { lookInto, testDatabase } from '../support/database.ts'
import { dumpSchema } from '../support/schema-dump.ts'
import { reviewed } from '../support/snapshot.ts'

const database = await testDatabase()
const sql = lookInto(database)

test('the schema is the reviewed one (WEIR_UPDATE=1 ./weir test schema writes it anew)', async () => {
  const present = await dumpSchema(sql)
  expect(present).toBe(await reviewed('schema.sql', present))
})

test('every table and partition is closed by forced row level security', async () => {
  const open = await sql`
    select relname from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relname <> 'weir_migration'
      and not (relrowsecurity and relforcerowsecurity)`
  expect([...open]).toEqual([])
})

test('the migration ledger is readable by its owner alone', async () => {
  const granted = await sql`select grantee from information_schema.role_table_grants
    where table_name = 'weir_migration' and grantee like 'weir%'`
  expect([...granted]).toEqual([])
})

test('partitions have no grants: they are reached through their parent only', async () => {
  const granted = await sql`
    select relname, grantee from information_schema.role_table_grants join pg_class on relname = table_name
    where relispartition and grantee like 'weir%'`
  expect([...granted]).toEqual([])
})

test('logins inherit nothing, own nothing, bypass nothing', async () => {
  const logins = await sql`
    select rolname, rolinherit, rolbypassrls, rolsuper, rolcreaterole,
           (select count(*)::int from information_schema.role_table_grants where grantee = rolname) as grants
    from pg_roles where rolname in ('weir_api', 'weir_worker', 'weir_queue') order by rolname`
  for (const login of logins) {
    expect(login).toMatchObject({ rolinherit: false, rolbypassrls: false, rolsuper: false, rolcreaterole: false })
    if (login['rolname'] !== 'weir_queue') expect(login['grants']).toBe(0)
  }
  expect(logins).toHaveLength(3)
})

test('nobody is granted truncate, references or trigger', async () => {
  const granted = await sql`
    select grantee, table_name, privilege_type from information_schema.role_table_grants
    where table_schema = 'public' and grantee like 'weir%' and privilege_type in ('TRUNCATE', 'REFERENCES', 'TRIGGER')`
  expect([...granted]).toEqual([])
})

test('every jsonb column is checked to be an object', async () => {
  const unchecked = await sql`
    select table_name, column_name from information_schema.columns c
    where table_schema = 'public' and data_type = 'jsonb' and not exists (
      select from pg_class p where p.relname = c.table_name and p.relispartition)
      and not exists (select from pg_constraint where conrelid = format('public.%I', c.table_name)::regclass and contype = 'c'
        and pg_get_constraintdef(oid) like '%jsonb_typeof(' || c.column_name || ')%')`
  expect([...unchecked]).toEqual([])
})
