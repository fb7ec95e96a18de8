import { afterAll } from 'bun:test'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { bootstrapPlatform } from '../../src/modules/organizations/bootstrap.ts'
import { openLog } from '../../src/platform/log.ts'
import { migrate } from '../../src/platform/migrate.ts'
import { hostOf } from '../../src/platform/postgres-url.ts'
import { loginPassword } from '../../src/platform/secret.ts'
import { migrateQueue } from '../../workers/migrate-queue.ts'

/** The secret of every test installation: logins of one cluster share their passwords. */
export const testSecret = 'a secret of the tests, longer than 32 characters'
export const admin = { email: 'admin@platform.example', password: 'correct horse battery' }

export type TestDatabase = {
  adminUrl: string
  apiUrl: string
  workerUrl: string
  queueUrl: string
  name: string
  /** Runs before the database is dropped, last given first: what still uses it must stop in order. */
  beforeDrop(stop: () => Promise<void>): void
}

const serverUrl = process.env['DATABASE_URL'] ?? ''
const quiet = openLog({ level: 'silent', process: 'test' })

const urlOf = (database: string, login?: string): string => {
  const url = new URL(serverUrl)
  url.pathname = `/${database}`
  if (!login) return url.toString()
  url.username = login
  url.password = loginPassword(testSecret, login)
  return url.toString()
}

const passwords = {
  api: loginPassword(testSecret, 'weir_api'),
  worker: loginPassword(testSecret, 'weir_worker'),
  queue: loginPassword(testSecret, 'weir_queue'),
}

/** Names the template after what it is made of, so that a changed migration makes a new one. */
function templateName(): string {
  const folder = join(import.meta.dir, '../../src/platform/migrations')
  const hash = createHash('sha256')
  for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)))
  for (const file of ['src/modules/organizations/bootstrap.ts', 'workers/migrate-queue.ts', 'bun.lock']) {
    hash.update(readFileSync(join(import.meta.dir, '../..', file)))
  }
  return `weir_template_${hash.digest('hex').slice(0, 12)}`
}

const templateLock = 7_411_002

async function ensureTemplate(sql: postgres.Sql, template: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${templateLock})`
    const [done] = await tx`select 1 from pg_database where datname = ${template}`
    if (done) return
    const building = `${template}_building`
    const outside = postgres(serverUrl, { ...hostOf(serverUrl), max: 1, onnotice: () => {} })
    await outside.unsafe(`drop database if exists ${building} with (force)`)
    await outside.unsafe(`create database ${building}`)
    await migrate({ adminUrl: urlOf(building), logins: passwords, log: quiet })
    await migrateQueue(urlOf(building))
    await bootstrapPlatform({ adminUrl: urlOf(building), platformName: 'Platform', currency: 'EUR', ...admin })
    await outside.unsafe(`alter database ${building} rename to ${template}`)
    await outside.end()
  })
}

/** A migrated database of its own with a platform and its administrator; dropped after the file's tests. */
export async function testDatabase(): Promise<TestDatabase> {
  if (!serverUrl) throw new Error('tests need DATABASE_URL: run them with ./weir test')
  const sql = postgres(serverUrl, { ...hostOf(serverUrl), max: 2, onnotice: () => {} })
  const template = templateName()
  await ensureTemplate(sql, template)
  const name = `weir_test_${process.pid}_${Bun.randomUUIDv7().slice(-12)}`
  await sql.unsafe(`create database ${name} template ${template} strategy file_copy`)
  const stops: (() => Promise<void>)[] = []
  afterAll(async () => {
    for (const stop of stops.toReversed()) await stop()
    await sql.unsafe(`drop database if exists ${name} with (force)`)
    await sql.end({ timeout: 5 })
  })
  return {
    name,
    beforeDrop: (stop) => void stops.push(stop),
    adminUrl: urlOf(name),
    apiUrl: urlOf(name, 'weir_api'),
    workerUrl: urlOf(name, 'weir_worker'),
    queueUrl: urlOf(name, 'weir_queue'),
  }
}

/** A superuser's view of the database, past every policy: for looking at what really is there. */
export function lookInto(database: TestDatabase): postgres.Sql {
  const sql = postgres(database.adminUrl, { ...hostOf(database.adminUrl), max: 2, onnotice: () => {} })
  afterAll(() => sql.end({ timeout: 5 }))
  return sql
}

/** A copy of a database that nobody is connected to any more, to break something in; dropped after the file's tests. */
export async function copyDatabase(database: TestDatabase): Promise<{ adminUrl: string }> {
  const sql = postgres(serverUrl, { ...hostOf(serverUrl), max: 1, onnotice: () => {} })
  const name = `${database.name}_${Bun.randomUUIDv7().slice(-12)}`
  await sql.unsafe(`create database ${name} template ${database.name} strategy file_copy`)
  afterAll(async () => {
    await sql.unsafe(`drop database if exists ${name} with (force)`)
    await sql.end({ timeout: 5 })
  })
  return { adminUrl: urlOf(name) }
}
