import type { Check, Outcome } from '../../src/modules/verify/check.ts'
import { type Report, verify } from '../../src/modules/verify/service.ts'
import { openDatabase, type Tx } from '../../src/platform/db.ts'
import { nilId } from '../../src/platform/ids.ts'

/** A connection as `./weir verify` has it. */
export const openVerifier = ({ adminUrl }: { readonly adminUrl: string }) =>
  openDatabase({ url: adminUrl, name: 'test-verify', poolMax: 1, statementTimeoutMs: 0, readsSnapshots: true })

/** What every check of `./weir verify` says about a database. */
export async function reportsOn(database: { readonly adminUrl: string }): Promise<Report[]> {
  const db = openVerifier(database)
  const reports: Report[] = []
  const options = { signal: new AbortController().signal, onProgress: () => {} }
  for await (const report of verify(db, options)) reports.push(report)
  await db.close()
  return reports
}

/** What is said to be broken, as law and row. */
export const brokenIn = (reports: readonly Pick<Report, 'law' | 'broken'>[]): string[] =>
  reports.flatMap(({ law, broken }) => broken.first.map(({ row }) => `${law}: ${row}`)).sort()

/** The laws that do not hold on a database, each with the row that breaks it. */
export const brokenLaws = async (database: { readonly adminUrl: string }): Promise<string[]> =>
  brokenIn(await reportsOn(database))

const scope = {
  role: 'weir_verify',
  organizationId: nilId,
  accountId: null,
  sellerOfRecordId: nilId,
  line: [],
} as const

class Undone extends Error {}

/**
 * What single checks say, as the role that verifies, of a database in which not everything came about through the API; with
 * `harm`, of what it does past every trigger and right, which is undone. Answers what the harm says that must be named, too.
 */
export async function outcomesOf(
  { adminUrl }: { readonly adminUrl: string },
  checks: readonly Check[],
  harm: (tx: Tx) => Promise<string[]> = async () => [],
): Promise<{ expected: string[]; outcomes: Outcome[] }> {
  const db = openDatabase({ url: adminUrl, name: 'test-harms', poolMax: 1, statementTimeoutMs: 0 })
  const seen: { expected: string[]; outcomes: Outcome[] } = { expected: [], outcomes: [] }
  const looking = db.transaction(scope, async (tx) => {
    await tx`reset role`
    await tx`set local session_replication_role = replica`
    seen.expected = await harm(tx)
    await tx`set local role weir_verify`
    for (const check of checks) seen.outcomes.push(await check.run({ tx, progress: () => {} }))
    throw new Undone()
  })
  await looking
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error
    })
    .finally(() => db.close())
  return seen
}
