// The part of node-postgres that BullMQ's Postgres backend is given; the package brings no types.
declare module 'pg' {
  import type { PgPool, PgPoolConfig } from 'bullmq'

  export const Pool: new (config: PgPoolConfig) => PgPool & { setMaxListeners(count: number): unknown }
}
