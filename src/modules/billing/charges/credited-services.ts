import { spansFreed, unitsKept } from '../../../billing/credit-span.ts'
import type { Currency, Decimal } from '../../../billing/money.ts'
import type { InstantSpan } from '../../../billing/prorate.ts'
import type { Tx } from '../../../platform/db.ts'
import * as due from '../rating/queries-due.ts'
import * as queries from './queries-served.ts'

/** A line of a document, all that is credited of it by a note and those before, and its net with discounts. */
type CreditedLine = { readonly line: number; readonly net: Decimal; readonly credited: Decimal }

/**
 * The spans of the charges on a document that credits of these lines free, by line: all of a line that is credited whole,
 * else its last days or seconds that are not paid for any more (law 21). Runs as weir_seller, once the document is locked.
 */
export async function freedSpans(
  tx: Tx,
  { sellerId, invoiceId, money }: { readonly sellerId: string; readonly invoiceId: string; readonly money: Currency },
  credited: readonly CreditedLine[],
): Promise<ReadonlyMap<number, readonly InstantSpan[]>> {
  const served = new Map((await queries.listServed(tx, sellerId, invoiceId)).map((row) => [row.line, row]))
  return new Map(
    credited.flatMap((line) => {
      const row = served.get(line.line)
      const freed = row ? spansFreed(row.spans, unitsKept({ ...line, units: row.units }, money), row.unit) : []
      return freed.length > 0 ? [[line.line, freed]] : []
    }),
  )
}

/** Why a note can't free what it says: it is billed no more, or a draft gives it back as well. */
type Unfreed = 'gone' | 'drafted'

/**
 * Makes the seconds free that a note says it frees, and what the tenants are charged out of date: a later run bills them again
 * where they are still served. Runs as weir_seller in the transaction that issues the note; answers why it did nothing.
 */
export async function freeServices(tx: Tx, sellerId: string, noteId: string): Promise<Unfreed | undefined> {
  if (!(await queries.billsAllFreed(tx, sellerId, noteId))) return 'gone'
  if (await queries.isOnDraft(tx, sellerId, noteId)) return 'drafted'
  await queries.freeServices(tx, sellerId, noteId)
  await due.upsertFreedMarks(tx, sellerId, noteId)
  return undefined
}

/** What a document bills is billed by the one that is issued in its place. Runs as weir_seller in that transaction. */
export const moveServices = async (
  tx: Tx,
  sellerId: string,
  papers: { readonly from: string; readonly to: string },
): Promise<void> => {
  await queries.moveServices(tx, sellerId, papers)
}

/** Whether a draft gives back a part of these lines, at an amount that does not hold once they are restated. Runs as weir_seller. */
export const areGivenBackOnDraft = (
  tx: Tx,
  sellerId: string,
  invoiceId: string,
  lines: readonly queries.RestatedLine[],
): Promise<boolean> =>
  lines.length === 0
    ? Promise.resolve(false)
    : queries.isGivenBackOnDraft(
        tx,
        sellerId,
        invoiceId,
        lines.map(({ line }) => line),
      )

/**
 * What stays billed at another amount costs that from now on, so that a later bill gives back a part of it. Runs as weir_seller
 * in the transaction that issues the document that says so.
 */
export const restateServices = async (
  tx: Tx,
  sellerId: string,
  invoiceId: string,
  lines: readonly queries.RestatedLine[],
): Promise<void> => {
  if (lines.length > 0) await queries.restateServices(tx, sellerId, invoiceId, lines)
}
