import postgres from 'postgres'
import { hostOf } from './postgres-url.ts'

/** Passwords of the login roles, one per kind of process. */
export type LoginPasswords = { readonly api: string; readonly worker: string; readonly queue: string }

const tiers = ['weir_platform', 'weir_distributor', 'weir_partner', 'weir_tenant'] as const
const workRoles = ['weir_chain', 'weir_auth', 'weir_ingest', 'weir_seller', 'weir_relay'] as const
const groupRoles = [...tiers, ...workRoles, 'weir_verify', 'weir_backfill'] as const

/** Which roles a process may switch to. It has no rights of its own. */
const memberships = {
  weir_api: [...tiers, 'weir_chain', 'weir_auth', 'weir_seller'],
  weir_worker: [...tiers, 'weir_chain', 'weir_ingest', 'weir_seller', 'weir_relay'],
  weir_queue: [],
} as const

const rolesLock = 7_411_000

const inPostgresDatabase = (adminUrl: string): string => {
  const url = new URL(adminUrl)
  url.pathname = '/postgres'
  return url.toString()
}

/**
 * Makes the cluster's roles where they are missing and sets the logins' passwords. Roles belong to the whole cluster,
 * so this runs under an advisory lock in database `postgres`, which all databases of the cluster share.
 */
export async function ensureRoles(options: { adminUrl: string; logins: LoginPasswords }): Promise<void> {
  const url = inPostgresDatabase(options.adminUrl)
  const sql = postgres(url, { ...hostOf(url), max: 1, onnotice: () => {} })
  try {
    await sql.begin(async (tx) => {
      await tx`select pg_advisory_xact_lock(${rolesLock})`
      const rows = await tx<{ rolname: string }[]>`select rolname from pg_roles where rolname like 'weir%'`
      const existing = new Set(rows.map((row) => row.rolname))
      for (const role of groupRoles) if (!existing.has(role)) await tx.unsafe(`create role ${role} nologin noinherit`)
      await tx.unsafe('grant weir_backfill, weir_verify to current_user')
      await ensureLogin(tx, existing, 'weir_api', options.logins.api)
      await ensureLogin(tx, existing, 'weir_worker', options.logins.worker)
      await ensureLogin(tx, existing, 'weir_queue', options.logins.queue)
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function ensureLogin(
  tx: postgres.TransactionSql,
  existing: ReadonlySet<string>,
  login: keyof typeof memberships,
  password: string,
): Promise<void> {
  if (!existing.has(login)) await tx.unsafe(`create role ${login} login noinherit`)
  const [quoted] = await tx<{ text: string }[]>`select quote_literal(${password}) as text`
  await tx.unsafe(`alter role ${login} password ${quoted?.text ?? ''}`)
  for (const group of memberships[login]) await tx.unsafe(`grant ${group} to ${login}`)
}
