import { type Currency, currency, decimal, type Decimal } from '../../../billing/money.ts'
import { openOf, type Settled } from '../../../billing/payment.ts'
import { isViolation, type Tx } from '../../../platform/db.ts'
import * as queries from './queries-settle.ts'

export type { EdgeRow } from './queries-settle.ts'

/** An own document that is locked, with what is still due of it. */
export type Payable = queries.PayableRow & {
  readonly money: Currency
  readonly open: Decimal
  readonly settled: Settled
}

/** The sums of a row as numbers. */
export const settledOf = (row: queries.SettledRow): Settled => ({
  total: decimal(row.total),
  paid: decimal(row.paid),
  credited: decimal(row.credited),
  writtenOff: decimal(row.writtenOff),
  creditedTotal: decimal(row.creditedTotal),
})

/**
 * Locks the seller's own documents among these until the transaction ends and says what is due of them; foreign and absent
 * ones are left out. Runs as weir_seller. The lock comes first: what is due is read once nobody else can change it.
 */
export async function lockPayables(tx: Tx, sellerId: string, ids: readonly string[]): Promise<Map<string, Payable>> {
  const rows = await queries.lockPayables(tx, sellerId, ids)
  const sums = new Map((await queries.listSettled(tx, sellerId, ids)).map((row) => [row.id, settledOf(row)]))
  return new Map(
    rows.flatMap((row) => {
      const settled = sums.get(row.id)
      return settled ? [[row.id, { ...row, settled, money: currency(row.currency), open: openOf(settled) }]] : []
    }),
  )
}

/** Notes what settles documents. Runs as weir_seller, once per source: the database refuses a second time and too much. */
export async function settle(tx: Tx, sellerId: string, events: readonly queries.NewEvent[]): Promise<void> {
  if (events.length > 0) await queries.insertEvents(tx, sellerId, events)
}

/** Changes a buyer's credit balance, which the database keeps from going below zero. Runs as weir_seller. */
export async function changeBalance(tx: Tx, sellerId: string, entry: queries.NewCreditEntry): Promise<void> {
  if (!decimal(entry.amount).isZero()) await queries.insertCreditEntry(tx, sellerId, entry)
}

/**
 * Nobody else draws on what this buyer has with the seller until the transaction ends. False where the seller never sold to
 * it. Runs as weir_seller.
 */
export const holdBalance = async (tx: Tx, sellerId: string, buyerId: string): Promise<boolean> =>
  (await queries.lockBalance(tx, sellerId, buyerId)).length > 0

/** True when a credit balance would have gone below zero. */
export const isBalanceShort = (error: unknown): boolean => isViolation(error, 'credit_entry_covered')

/** The edge of a document of the seller's. Runs as weir_seller. */
export const edgeOf = (tx: Tx, sellerId: string, edgeId: string): Promise<queries.EdgeRow | undefined> =>
  queries.findEdge(tx, sellerId, edgeId)

/** The edge on which the seller sells to a buyer in a currency. Runs as weir_seller. */
export const edgeTo = (tx: Tx, sellerId: string, buyerId: string, code: string): Promise<queries.EdgeRow | undefined> =>
  queries.findEdgeTo(tx, sellerId, buyerId, code)

/** Seller, buyer and the agents between: all who see an edge are told of what happens on it. */
export const audienceOf = (sellerId: string, edge: queries.EdgeRow): string[] => [
  sellerId,
  edge.buyerId,
  ...[edge.agentDistributorId, edge.agentPartnerId].filter((agent) => agent !== null),
]
