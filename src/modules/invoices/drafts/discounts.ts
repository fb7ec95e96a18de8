import { applyDiscounts, type DiscountableLine, inOrder, type Reduction } from '../../../billing/discount.ts'
import { currency, decimal, plainText, sum } from '../../../billing/money.ts'
import type { Branch } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { type OpenDiscount, readDiscounts, recordUses } from '../../discounts/for-drafts.ts'
import * as queries from './queries-discounts.ts'
import type { OpenDraft } from './queries.ts'
import { readUses, type UsedBy } from './resource-uses.ts'

/**
 * Takes off some drafts what their buyers are given (law 8): each reduction is a line of its own that names the line it
 * reduces, so that tax and commissions see what is left. Runs as weir_seller, once per draft, before tax.
 */
export async function discountDrafts(
  tx: Tx,
  { sellerId, period, owner }: { readonly sellerId: string; readonly period: string; readonly owner: Branch },
  drafts: readonly OpenDraft[],
): Promise<void> {
  const buyerIds = [...new Set(drafts.map(({ buyerId }) => buyerId))]
  const discounts = await readDiscounts(tx, sellerId, period, buyerIds)
  const given = drafts.filter(({ buyerId }) => discounts.some((one) => one.buyerId === buyerId))
  if (given.length === 0) return
  const lines = Map.groupBy(
    await queries.listDiscountable(
      tx,
      given.map(({ id }) => id),
    ),
    ({ invoiceId }) => invoiceId,
  )
  const uses = await readUses(tx, owner, given, discounts)
  const left = new Map(discounts.map((one) => [one.id, one]))
  for (const draft of given) await discountOne(tx, draft, withUses(lines.get(draft.id) ?? [], uses), left)
}

const withUses = (lines: readonly queries.DiscountableRow[], uses: UsedBy): DiscountableLine[] =>
  lines.map(({ invoiceId, ...line }) => {
    const used = uses.get(`${invoiceId} ${line.line}`)
    return used ? { ...line, used } : line
  })

async function discountOne(
  tx: Tx,
  draft: OpenDraft,
  lines: readonly DiscountableLine[],
  left: Map<string, OpenDiscount>,
): Promise<void> {
  const own = [...left.values()].filter((one) => one.buyerId === draft.buyerId && one.currency === draft.currency)
  const reductions = applyDiscounts(lines, own, currency(draft.currency))
  if (reductions.length === 0) return
  await queries.insertLines(
    tx,
    draft.id,
    reductions.map((one) => ({ amends: one.line, amount: one.amount, details: detailsOf(one, left) })),
  )
  const byDiscount = Map.groupBy(reductions, ({ discountId }) => discountId)
  const uses = inOrder(own).flatMap((one) => {
    const used = byDiscount.get(one.id)
    return used ? [{ discountId: one.id, invoiceId: draft.id, available: one.available, amount: totalOf(used) }] : []
  })
  await recordUses(tx, uses)
  for (const { discountId, available, amount } of uses) {
    const discount = left.get(discountId)
    if (!discount || available === null) continue
    left.set(discountId, { ...discount, available: plainText(decimal(available).minus(amount)) })
  }
}

const totalOf = (reductions: readonly Reduction[]): string =>
  plainText(sum(reductions.map(({ amount }) => decimal(amount))))

/** What a reader needs to come to the amount again, as text of JSON. */
function detailsOf({ discountId, base, share }: Reduction, discounts: ReadonlyMap<string, OpenDiscount>): string {
  const one = discounts.get(discountId)
  const { name, scope, kind, value } = one ?? {}
  return JSON.stringify({ discountId, name, scope, kind, value, base, ...(share && { share }) })
}
