import { givenUpWith, type LineReduction } from '../../../billing/given-back.ts'
import {
  amountText,
  type Currency,
  decimal,
  type Decimal,
  isNegative,
  plainText,
  sum,
  zero,
} from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { recordUses } from '../../discounts/for-drafts.ts'
import * as queries from './queries.ts'

/** A line that is credited: what was left of it, and what is credited now. */
type Credited = { readonly line: number; readonly left: Decimal; readonly now: Decimal }

/** What the discounts of each line give up with what is credited of it. Runs as weir_seller, once the document is locked. */
export async function givenUpOn(
  tx: Tx,
  { sellerId, invoiceId, money }: { readonly sellerId: string; readonly invoiceId: string; readonly money: Currency },
  credited: readonly Credited[],
): Promise<ReadonlyMap<number, readonly queries.GivenUp[]>> {
  return sharesOf(await queries.listReductions(tx, sellerId, invoiceId), credited, money)
}

function sharesOf(
  rows: readonly queries.ReductionRow[],
  credited: readonly Credited[],
  money: Currency,
): ReadonlyMap<number, readonly queries.GivenUp[]> {
  const reductions = Map.groupBy(rows, ({ line }) => line)
  const toText = (one: LineReduction) => ({ ...one, amount: amountText(one.amount, money) })
  return new Map(
    credited.map(({ line, ...figures }) => {
      const own = (reductions.get(line) ?? []).map((one) => ({ ...one, amount: decimal(one.amount) }))
      return [line, givenUpWith(own, figures, money).map(toText)]
    }),
  )
}

/**
 * Makes what a draft note gives up free to be used again, as it is issued; what it takes again is used. Runs as weir_seller, once
 * the amended document is locked; answers false where by now another note has some of it, unless what it says `isStated` by
 * whoever made it.
 */
export async function freeDiscounts(
  tx: Tx,
  note: { readonly sellerId: string; readonly id: string; readonly invoiceId: string; readonly money: Currency },
  isStated: boolean,
): Promise<boolean> {
  const drafted = await queries.listDrafted(tx, note.id)
  if (!isStated && !(await isAsShared(tx, note, drafted))) return false
  await recordUses(
    tx,
    usesOf(
      note.id,
      drafted.flatMap(({ discounts }) => discounts),
    ),
  )
  return true
}

/** Whether a note gives up the share of each discount that it credits of what is still paid for. */
async function isAsShared(
  tx: Tx,
  note: { readonly sellerId: string; readonly invoiceId: string; readonly money: Currency },
  drafted: readonly queries.DraftedRow[],
): Promise<boolean> {
  const reductions = await queries.listReductions(tx, note.sellerId, note.invoiceId)
  if (reductions.length === 0) return true
  const lines = await queries.listCreditable(tx, note.sellerId, note.invoiceId)
  const left = new Map(lines.map(({ line, net, credited }) => [line, decimal(net).minus(credited)]))
  const credited = drafted.map(({ line, net }) => ({ line, left: left.get(line) ?? zero, now: decimal(net) }))
  const right = sharesOf(reductions, credited, note.money)
  const said = (some: readonly queries.GivenUp[]) => some.map((one) => `${one.discountId} ${one.amount}`).join(' ')
  return drafted.every(({ line, discounts }) => said(discounts) === said(right.get(line) ?? []))
}

function usesOf(invoiceId: string, givenUp: readonly queries.GivenUp[]) {
  return [...Map.groupBy(givenUp, ({ discountId }) => discountId)].map(([discountId, some]) => {
    const amounts = some.map(({ amount }) => decimal(amount))
    const [below, above] = [amounts.filter(isNegative), amounts.filter((one) => !isNegative(one))]
    const figures = { amount: plainText(sum(below).negated()), givenUp: plainText(sum(above)) }
    return { discountId, invoiceId, available: null, ...figures }
  })
}
