import { decimal, plainText, sum } from '../../../billing/money.ts'
import { openMonths } from '../../../billing/posting.ts'
import type { Tx } from '../../../platform/db.ts'
import { openSpreading } from '../usage/spreading.ts'
import { listPeriods } from '../usage/queries-usage.ts'
import * as queries from './queries-resources.ts'

/** What named resources used of lines, by document and line. */
export type UsedBy = ReadonlyMap<string, ReadonlyMap<string, string>>

/** What the resources that discounts of documents name used of their lines, out of the records and by the days that these have. */
export async function readResources(tx: Tx, invoiceIds: readonly string[]): Promise<UsedBy> {
  const records = invoiceIds.length === 0 ? [] : await queries.listShared(tx, invoiceIds)
  const months = openMonths(records.length === 0 ? [] : await listPeriods(tx))
  const uses = new Map<string, Map<string, string>>()
  const byShare = Map.groupBy(records, ({ invoiceId, line, resource }) => JSON.stringify([invoiceId, line, resource]))
  for (const some of byShare.values()) {
    const [first] = some
    if (!first) continue
    const key = `${first.invoiceId} ${first.line}`
    uses.set(key, (uses.get(key) ?? new Map<string, string>()).set(first.resource, usedOf(first, some, months)))
  }
  return uses
}

function usedOf(
  { from, to, linePosting }: queries.SharedRecord,
  records: readonly queries.SharedRecord[],
  months: ReturnType<typeof openMonths>,
): string {
  const spreading = openSpreading(months)
  for (const record of records) spreading.add(record)
  const own = spreading.take().filter(({ day, posting }) => day >= from && day < to && posting === linePosting)
  return plainText(sum(own.map((bucket) => decimal(bucket.sum))))
}
