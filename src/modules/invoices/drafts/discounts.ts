import { applyDiscounts, type DiscountableLine, inOrder, type Reduction } from '../../../billing/discount.ts'
import { giveUp, type ServiceBack } from '../../../billing/given-back.ts'
import { currency, decimal, isNegative, plainText, sum } from '../../../billing/money.ts'
import type { Branch } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { type OpenDiscount, readDiscounts, recordUses } from '../../discounts/for-drafts.ts'
import * as queries from './queries-discounts.ts'
import type { OpenDraft } from './queries.ts'
import { readUses, type UsedBy } from './resource-uses.ts'
import { readServicesBack } from './standings.ts'

/**
 * Takes off some drafts what their buyers are given (law 8): each reduction is a line of its own that names the line it
 * reduces, so that tax and commissions see what is left. Answers which drafts those are. Runs as weir_seller, once per draft,
 * before tax.
 */
export async function discountDrafts(
  tx: Tx,
  { sellerId, period, owner }: { readonly sellerId: string; readonly period: string; readonly owner: Branch },
  drafts: readonly OpenDraft[],
): Promise<readonly OpenDraft[]> {
  const buyerIds = [...new Set(drafts.map(({ buyerId }) => buyerId))]
  const discounts = await readDiscounts(tx, sellerId, period, buyerIds)
  const given = drafts.filter(({ buyerId }) => discounts.some((one) => one.buyerId === buyerId))
  if (given.length === 0) return given
  const ids = given.map(({ id }) => id)
  const lines = Map.groupBy(await queries.listDiscountable(tx, ids), ({ invoiceId }) => invoiceId)
  const services = await readServicesBack(tx, ids)
  const uses = await readUses(tx, owner, given, discounts)
  const left = new Map(discounts.map((one) => [one.id, one]))
  for (const draft of given) {
    const own = { lines: withUses(lines.get(draft.id) ?? [], uses), services: services.get(draft.id) ?? [] }
    await discountOne(tx, draft, own, left)
  }
  return given
}

const withUses = (lines: readonly queries.DiscountableRow[], uses: UsedBy): DiscountableLine[] =>
  lines.map(({ invoiceId, ...line }) => {
    const used = uses.get(`${invoiceId} ${line.line}`)
    return used ? { ...line, used } : line
  })

async function discountOne(
  tx: Tx,
  draft: OpenDraft,
  { lines, services }: { readonly lines: readonly DiscountableLine[]; readonly services: readonly ServiceBack[] },
  left: Map<string, OpenDiscount>,
): Promise<void> {
  const own = [...left.values()].filter((one) => one.buyerId === draft.buyerId && one.currency === draft.currency)
  const money = currency(draft.currency)
  const reductions = [...applyDiscounts(lines, own, money), ...giveUp(lines, services, money)]
  if (reductions.length === 0) return
  await queries.insertLines(
    tx,
    draft.id,
    reductions.map((one) => ({ amends: one.line, amount: one.amount, details: detailsOf(one, left) })),
  )
  const uses = usesOf(draft.id, own, reductions)
  await recordUses(tx, uses)
  for (const { discountId, available, amount } of uses) {
    const discount = left.get(discountId)
    if (!discount || available === null) continue
    left.set(discountId, { ...discount, available: plainText(decimal(available).minus(amount)) })
  }
}

/** What a document takes of each discount, and what it gives up: that is there again once it is issued. */
function usesOf(invoiceId: string, discounts: readonly OpenDiscount[], reductions: readonly Reduction[]) {
  const byDiscount = Map.groupBy(reductions, ({ discountId }) => discountId)
  return inOrder(discounts).flatMap(({ id: discountId, available }) => {
    const amounts = byDiscount.get(discountId)?.map((one) => decimal(one.amount))
    if (!amounts) return []
    const [above, below] = [amounts.filter((one) => !isNegative(one)), amounts.filter(isNegative)]
    const figures = { amount: plainText(sum(above)), givenUp: plainText(sum(below).negated()) }
    return [{ discountId, invoiceId, available, ...figures }]
  })
}

/** What a reader needs to come to the amount again, as text of JSON. */
function detailsOf({ discountId, base, share }: Reduction, discounts: ReadonlyMap<string, OpenDiscount>): string {
  const one = discounts.get(discountId)
  const { name, scope, kind, value } = one ?? {}
  return JSON.stringify({ discountId, name, scope, kind, value, base, ...(share && { share }) })
}
