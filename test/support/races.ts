import { type Database, openDatabase } from '../../src/platform/db.ts'
import { nilId } from '../../src/platform/ids.ts'
import type { JobOwner } from '../../src/platform/jobs.ts'
import type { WorkCtx } from '../../src/platform/work.ts'
import type { TestDatabase } from './database.ts'
import { quietLog } from './jobs.ts'
import type { Member, World } from './world.ts'

/** How often each race is run: the usual hundred, or what `./weir prove` asks for. */
export const raceRounds = Math.max(100, Number(process.env['WEIR_TEST_RACES']) || 0)

/** Starts both at once, the second a little later in each round, so that every order of their steps comes up. */
export async function race<A, B>(round: number, first: () => Promise<A>, second: () => Promise<B>): Promise<[A, B]> {
  const delayMs = (round % 10) / 2
  const late = async (): Promise<B> => {
    if (delayMs > 0) await Bun.sleep(delayMs)
    return second()
  }
  return round % 2 === 0 ? Promise.all([first(), late()]) : swapped(await Promise.all([late(), first()]))
}

const swapped = <A, B>([b, a]: [B, A]): [A, B] => [a, b]

/** The database as workers reach it. */
export function workerDatabase(database: TestDatabase): Database {
  const db = openDatabase({ url: database.workerUrl, name: 'races', poolMax: 4, statementTimeoutMs: 30_000 })
  database.beforeDrop(() => db.close())
  return db
}

/** A member of the test world as the owner of a job. */
export const ownerOf = ({ platform }: World, { id, level, line }: Member, distributorId = nilId): JobOwner => ({
  accountId: null,
  organizationId: id,
  level,
  platformId: platform.id,
  distributorId: level === 'distributor' ? id : distributorId,
  partnerId: level === 'partner' ? id : nilId,
  tenantId: level === 'tenant' ? (line.at(-1) ?? nilId) : nilId,
})

/** What a job's code needs, without a job: every chunk is a transaction. */
export const bareWork = (db: Database, owner: JobOwner): WorkCtx => ({
  db,
  log: quietLog,
  now: () => new Date(),
  job: { id: nilId, kind: 'race', attempt: 1, owner },
  transaction: (scope, work) => db.transaction(scope, work),
  chunk: (_, scope, work) => db.transaction(scope, work),
  progress: () => {},
})
