import postgres from 'postgres'
import { hostOf } from './postgres-url.ts'

/** The role that a transaction runs as. Tiers act for people, the others do one kind of work each. */
export type DatabaseRole =
  | 'weir_platform'
  | 'weir_distributor'
  | 'weir_partner'
  | 'weir_tenant'
  | 'weir_auth'
  | 'weir_chain'
  | 'weir_ingest'
  | 'weir_seller'
  | 'weir_relay'
  | 'weir_verify'
  | 'weir_backfill'

/** On whose behalf a transaction reads and writes. Row level security is decided by nothing else. */
export type Scope = {
  readonly role: DatabaseRole
  readonly organizationId: string
  readonly accountId: string | null
  /** Whose shared price lists may be read. */
  readonly sellerOfRecordId: string
  /** The organization and its ancestors: whose plans may be read. */
  readonly line: readonly string[]
}

/** A transaction with its scope set. Only `Database.transaction` makes one. */
export type Tx = postgres.TransactionSql<{ date: string; timestamp: string; timestamptz: string }>

/** All access to Postgres. There is no pool to reach: every statement runs inside a scoped transaction. */
export type Database = {
  /** Commits when `work` returns, rolls back when it throws. */
  transaction<T>(scope: Scope, work: (tx: Tx) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const asText = (oid: number) => ({
  to: oid,
  from: [oid],
  serialize: (value: string) => value,
  parse: (value: string) => value,
})

/** How Postgres prints an instant to a session in UTC. */
const utcText = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/

/** Pages hold hundreds of instants: the usual form is cut, not parsed. */
function instantOf(text: string): string {
  const parts = utcText.exec(text)
  if (!parts) return new Date(text).toISOString()
  const [, day = '', time = '', fraction = ''] = parts
  return `${day}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}Z`
}

/** Instants leave the database as RFC 3339 in UTC, with milliseconds. */
const asInstant = { to: 1184, from: [1184], serialize: (value: string) => value, parse: instantOf }

/**
 * How to connect. `name` shows in pg_stat_activity; statements over `statementTimeoutMs` are cut, 0 lets them take their
 * time. With `readsSnapshots` every transaction only reads, and all its statements see the same moment.
 */
type PoolOptions = {
  readonly name: string
  readonly poolMax: number
  readonly statementTimeoutMs: number
  readonly readsSnapshots?: boolean
}

/** Of the whole connection: within a transaction, entering the scope has already taken a snapshot. */
const snapshots = { default_transaction_isolation: 'repeatable read', default_transaction_read_only: true } as const

/** The settings of every connection of the house, and how its values arrive: days and instants as text. */
export const poolOptions = (options: PoolOptions) => ({
  max: options.poolMax,
  onnotice: () => {},
  connection: options.readsSnapshots ? { ...manners(options), ...snapshots } : manners(options),
  types: { date: asText(1082), timestamp: asText(1114), timestamptz: asInstant },
})

const manners = ({ name, statementTimeoutMs }: PoolOptions) => ({
  application_name: name,
  statement_timeout: statementTimeoutMs,
  idle_in_transaction_session_timeout: 60_000,
  TimeZone: 'UTC',
})

/** Connects lazily. */
export function openDatabase(options: PoolOptions & { readonly url: string }): Database {
  const sql = postgres(options.url, { ...hostOf(options.url), ...poolOptions(options) })
  return {
    transaction: <T>(scope: Scope, work: (tx: Tx) => Promise<T>) =>
      sql.begin(async (tx) => {
        // The scope goes out with the first statement of the work, in this order: one round trip for both. Where the scope
        // is refused, the transaction has failed before that statement.
        const entered = enterScope(tx, scope).execute()
        const [result] = await Promise.all([work(tx), entered])
        return result
      }) as Promise<T>,
    close: () => sql.end({ timeout: 5 }),
  }
}

/** Goes on in the same transaction in another scope: what a job's code runs in, once its lease is renewed. */
export const enterScope = (tx: Tx, scope: Scope) => tx`
  select set_config('role', ${scope.role}, true), set_config('app.org', ${scope.organizationId}, true),
         set_config('app.user', ${scope.accountId ?? ''}, true), set_config('app.seller', ${scope.sellerOfRecordId}, true),
         set_config('app.line', ${`{${scope.line.join(',')}}`}, true)`

/** Goes on in the same transaction, for the same organization, with another role's rights. */
export const switchRole = async (tx: Tx, role: DatabaseRole): Promise<void> => {
  await tx`select set_config('role', ${role}, true)`
}

/**
 * Lets the rest of the transaction look rows up by their keys whatever the planner believes: statistics, and plans that
 * were made while a table was small, lag behind tables that grow by hundreds of thousands of rows in a minute.
 */
export const preferIndexes = async (tx: Tx): Promise<void> => {
  await tx`select set_config('enable_seqscan', 'off', true)`
}

/** Runs a statement that joins two large sets: for the same reason its joins are hashed or merged, never nested. */
export async function withoutNestedLoops<T>(tx: Tx, statement: () => PromiseLike<T>): Promise<T> {
  await tx`select set_config('enable_nestloop', 'off', true)`
  const result = await statement()
  await tx`select set_config('enable_nestloop', 'on', true)`
  return result
}

/** The first row, or undefined. */
export const one = <T>(rows: readonly T[]): T | undefined => rows[0]

/** True when this is Postgres refusing a row by the named constraint: the one way services learn that something is taken. */
export const isViolation = (error: unknown, constraint: string): boolean =>
  error instanceof postgres.PostgresError && error.constraint_name === constraint

const transientCodes = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  '40001',
  '40P01',
  '53300',
  '55P03',
  '57014',
  '57P01',
  '57P02',
  '57P03',
])

/** True for faults that pass by themselves: a lost connection, a deadlock, a full server. The caller may try again. */
export const isTransient = (error: unknown): boolean =>
  error instanceof Error && transientCodes.has(String((error as { code?: unknown }).code))
