import { DEFAULT_SCHEMA, runMigrations } from 'bullmq'
import postgres from 'postgres'
import { hostOf } from '../src/platform/postgres-url.ts'

/**
 * Brings the queue's own schema up to the library and lets the queue's login use it, and nothing else.
 * Needs the cluster roles. May run twice and side by side.
 */
export async function migrateQueue(adminUrl: string): Promise<void> {
  const sql = postgres(adminUrl, {
    ...hostOf(adminUrl),
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'weir-migrate-queue' },
  })
  try {
    await runMigrations({ query: async (text, values) => rowsOf(await sql.unsafe(text, values as never)) })
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${grantsLock})`
      await tx.unsafe(grants)
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const grantsLock = 7_411_003

// `create`: the library makes a sequence per queue when it first rings there.
const grants = `
  grant usage, create on schema ${DEFAULT_SCHEMA} to weir_queue;
  grant select, insert, update, delete on all tables in schema ${DEFAULT_SCHEMA} to weir_queue;
  grant usage on all sequences in schema ${DEFAULT_SCHEMA} to weir_queue;
  grant execute on all functions in schema ${DEFAULT_SCHEMA} to weir_queue`

const rowsOf = (rows: readonly object[]) => ({ rows: [...rows] as never[], rowCount: rows.length })
