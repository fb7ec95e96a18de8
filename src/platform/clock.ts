import { one, type Tx } from './db.ts'

/** Today in UTC by the database's clock, as SQL: the one clock that decides about money (never the process's). */
export const utcToday = (tx: Tx) => tx`(clock_timestamp() at time zone 'UTC')::date`

/** The same as text, `YYYY-MM-DD`. */
export const readToday = async (tx: Tx): Promise<string> =>
  one(await tx<{ today: string }[]>`select ${utcToday(tx)} as today`)?.today ?? ''
