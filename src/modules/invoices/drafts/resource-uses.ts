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

/** Where the lines that are sums of usage come from: of these subscriptions. */
type Source = (subscriptionIds: readonly string[]) => PromiseLike<readonly queries.UsageLineRow[]>

async function listNamedLines(list: Source, named: readonly Named[]): Promise<NamedLine[]> {
  const own = named.filter(({ resource }) => resource !== null)
  const subscriptionIds = [...new Set(own.flatMap(({ subscriptionId }) => subscriptionId ?? []))]
  if (subscriptionIds.length === 0) return []
  return (await list(subscriptionIds)).flatMap((line) => {
    const resources = own
      .filter(({ subscriptionId, skuId }) => subscriptionId === line.subscriptionId && skuId === line.skuId)
      .flatMap(({ resource }) => resource ?? [])
    return [...new Set(resources)].map((resource) => ({ ...line, resource }))
  })
}

const linesOf =
  (tx: Tx, documents: readonly { readonly id: string }[]): Source =>
  (subscriptionIds) =>
    queries.listUsageLines(
      tx,
      documents.map(({ id }) => id),
      subscriptionIds,
    )

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
export const readUses = (
  tx: Tx,
  seller: Branch,
  drafts: readonly { readonly id: string }[],
  named: readonly Named[],
): Promise<UsedBy> => readUsesOf(tx, seller, linesOf(tx, drafts), named)

/** The same of lines that are on no draft yet; what they would be on goes by `invoiceId`. */
export async function readUsesOf(tx: Tx, seller: Branch, list: Source, named: readonly Named[]): Promise<UsedBy> {
  const lines = await listNamedLines(list, named)
  if (lines.length === 0) return new Map()
  await preferIndexes(tx)
  await switchRole(tx, tierRole(seller.level))
  const records = await readResourceRecords(tx, seller, lines)
  await switchRole(tx, 'weir_seller')
  return byLine(lines, await addResourceRecords(tx, lines, records))
}
