import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import type { Log } from './log.ts'
import { ensureRoles, type LoginPasswords } from './migrate-roles.ts'
import { hostOf } from './postgres-url.ts'

type Migration = { readonly name: string; readonly text: string; readonly checksum: string }

const folder = join(import.meta.dir, 'migrations')

/** Numbered plain SQL files, in order. */
async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z_]+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await Bun.file(join(folder, name)).text()
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/**
 * Brings the database up to the code: cluster roles, then each missing migration in a transaction of its own.
 * Forward only; may run twice and side by side. @throws when an applied file was changed afterwards.
 */
export async function migrate(options: {
  adminUrl: string
  logins: LoginPasswords
  log: Log
}): Promise<{ applied: string[] }> {
  await ensureRoles(options)
  const sql = postgres(options.adminUrl, {
    ...hostOf(options.adminUrl),
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'weir-migrate' },
  })
  try {
    return await applyMissing(sql, options.log)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function applyMissing(sql: postgres.Sql, log: Log): Promise<{ applied: string[] }> {
  const applied: string[] = []
  await sql.begin(prepareLedger)
  for (const migration of await readMigrations()) {
    const isNew = await sql.begin((tx) => applyOne(tx, migration))
    if (!isNew) continue
    applied.push(migration.name)
    log.info('migration.applied', { name: migration.name })
  }
  return { applied }
}

const migrationLock = 7_411_001

async function prepareLedger(tx: postgres.TransactionSql): Promise<void> {
  await tx`select pg_advisory_xact_lock(${migrationLock})`
  await tx`create extension if not exists btree_gist`
  await tx`
    create table if not exists weir_migration (
      name       text not null constraint weir_migration_key primary key,
      checksum   text not null,
      applied_at timestamptz not null default clock_timestamp()
    )`
}

async function applyOne(tx: postgres.TransactionSql, migration: Migration): Promise<boolean> {
  await tx`select pg_advisory_xact_lock(${migrationLock})`
  const [before] = await tx`select checksum from weir_migration where name = ${migration.name}`
  if (before && before['checksum'] !== migration.checksum) {
    throw new Error(`migration ${migration.name} was changed after it had been applied`)
  }
  if (before) return false
  await tx`set local lock_timeout = '5s'`
  await tx.unsafe(migration.text)
  await tx`insert into weir_migration (name, checksum) values (${migration.name}, ${migration.checksum})`
  return true
}
