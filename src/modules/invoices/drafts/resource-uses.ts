import { type Decimal, plainText, zero } from '../../../billing/money.ts'
import { type Branch, tierRole } from '../../../platform/context.ts'
import { preferIndexes, switchRole, type Tx } from '../../../platform/db.ts'
import { addResourceRecords, readResourceRecords } from '../../usage/resources.ts'
import * as queries from './queries-discounts.ts'

/** What named resources used of lines, by document and line. */
export type UsedBy = ReadonlyMap<string, ReadonlyMap<string, string>>

/** What names a resource of a subscription's SKU. */
type Named = {
  readonly subscriptionId: string | null
  readonly skuId: string | null
  readonly resource: string | null
}

type NamedLine = queries.UsageLineRow & { readonly resource: string }

async function listNamedLines(
  tx: Tx,
  documents: readonly { readonly id: string }[],
  named: readonly Named[],
): Promise<NamedLine[]> {
  const own = named.filter(({ resource }) => resource !== null)
  const subscriptionIds = [...new Set(own.flatMap(({ subscriptionId }) => subscriptionId ?? []))]
  if (subscriptionIds.length === 0) return []
  const ids = documents.map(({ id }) => id)
  return (await queries.listUsageLines(tx, ids, subscriptionIds)).flatMap((line) => {
    const resources = own
      .filter(({ subscriptionId, skuId }) => subscriptionId === line.subscriptionId && skuId === line.skuId)
      .flatMap(({ resource }) => resource ?? [])
    return [...new Set(resources)].map((resource) => ({ ...line, resource }))
  })
}

function byLine(lines: readonly NamedLine[], used: readonly Decimal[]): UsedBy {
  const uses = new Map<string, Map<string, string>>()
  for (const [index, { invoiceId, line, resource }] of lines.entries()) {
    const key = `${invoiceId} ${line}`
    uses.set(key, (uses.get(key) ?? new Map<string, string>()).set(resource, plainText(used[index] ?? zero)))
  }
  return uses
}

/**
 * What the resources that discounts name used of the lines of some drafts, out of the records themselves. Runs as weir_seller;
 * usage is read as the seller's tier, so that nobody bills by another branch.
 */
export async function readUses(
  tx: Tx,
  seller: Branch,
  drafts: readonly { readonly id: string }[],
  named: readonly Named[],
): Promise<UsedBy> {
  const lines = await listNamedLines(tx, drafts, named)
  if (lines.length === 0) return new Map()
  await preferIndexes(tx)
  await switchRole(tx, tierRole(seller.level))
  const records = await readResourceRecords(tx, seller, lines)
  await switchRole(tx, 'weir_seller')
  return byLine(lines, await addResourceRecords(tx, lines, records))
}
