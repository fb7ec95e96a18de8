import { type Report, verify } from '../../src/modules/verify/service.ts'
import { openDatabase } from '../../src/platform/db.ts'

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
export const brokenIn = (reports: readonly Report[]): string[] =>
  reports.flatMap(({ law, broken }) => broken.first.map(({ row }) => `${law}: ${row}`)).sort()

/** The laws that do not hold on a database, each with the row that breaks it. */
export const brokenLaws = async (database: { readonly adminUrl: string }): Promise<string[]> =>
  brokenIn(await reportsOn(database))
