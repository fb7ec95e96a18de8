import type postgres from 'postgres'

/** The sum of all migrations in words that a person can review: tables, columns, constraints, indexes, triggers, policies, grants. */
export async function dumpSchema(sql: postgres.Sql): Promise<string> {
  const tables = await sql<{ name: string; partitions: number; forced: boolean }[]>`
    select relname as name, relforcerowsecurity as forced,
           (select count(*)::int from pg_inherits where inhparent = pg_class.oid) as partitions
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
    order by relname`
  const parts: string[] = []
  for (const table of tables) parts.push(await dumpTable(sql, table))
  return `${parts.join('\n\n')}\n\n${await dumpFunctions(sql)}\n`
}

async function dumpTable(sql: postgres.Sql, table: { name: string; forced: boolean }): Promise<string> {
  const lines = [
    ...(await listColumns(sql, table.name)),
    ...(await listConstraints(sql, table.name)),
    ...(await listIndexes(sql, table.name)),
    ...(await listTriggers(sql, table.name)),
    ...(await listPolicies(sql, table.name)),
  ]
  const closed = table.forced ? 'row level security forced' : 'NOT PROTECTED'
  return [`table ${table.name} -- ${closed}`, ...lines.map((line) => `  ${line}`)].join('\n')
}

const textsOf = (rows: readonly { text: string }[]): string[] => rows.map((row) => row.text)

const listColumns = async (sql: postgres.Sql, table: string) =>
  textsOf(
    await sql`
      select attname || ' ' || format_type(atttypid, atttypmod) || case when attnotnull then ' not null' else '' end
             || coalesce(case when attgenerated <> '' then ' generated ' else ' default ' end || pg_get_expr(adbin, adrelid), '') as text
      from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
      where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`,
  )

const listConstraints = async (sql: postgres.Sql, table: string) =>
  textsOf(
    await sql`
      select 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) as text
      from pg_constraint where conrelid = ${table}::regclass and contype <> 'n' order by conname`,
  )

const listIndexes = async (sql: postgres.Sql, table: string) =>
  textsOf(
    await sql`
      select pg_get_indexdef(indexrelid) as text from pg_index
      where indrelid = ${table}::regclass and not exists (select from pg_constraint where conindid = indexrelid) order by 1`,
  )

const listTriggers = async (sql: postgres.Sql, table: string) =>
  textsOf(
    await sql`
      select pg_get_triggerdef(oid) as text from pg_trigger where tgrelid = ${table}::regclass and not tgisinternal order by 1`,
  )

/** Rights that several roles share are said once. */
const listPolicies = async (sql: postgres.Sql, table: string) =>
  textsOf(
    await sql`
      select lower(cmd) || ' to ' || string_agg(roles[1], ', ' order by roles[1]) || ': ' || coalesce(qual, with_check) as text
      from pg_policies where schemaname = 'public' and tablename = ${table}
      group by cmd, qual, with_check order by 1`,
  )

async function dumpFunctions(sql: postgres.Sql): Promise<string> {
  const rows = await sql<{ text: string }[]>`
    select prokind::text || ' ' || oid::regprocedure::text || case when prosecdef then ' security definer' else '' end as text
    from pg_proc where pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e') order by 1`
  return textsOf(rows)
    .map((text) => text.replace(/^f /, 'function ').replace(/^p /, 'procedure '))
    .join('\n')
}
