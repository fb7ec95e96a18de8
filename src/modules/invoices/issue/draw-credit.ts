import { drawFrom, type Purse } from '../../../billing/credit.ts'
import { postingsOfCreditUse } from '../../../billing/ledger.ts'
import { amountText, currency, decimal, isNegative } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { readGrants, recordDraw } from '../../credits/grants.ts'
import { type Book, post } from '../../ledger/service.ts'
import { listBalances } from './queries-settle.ts'
import type { DraftRow } from './queries.ts'
import { changeBalance, holdBalance, settle } from './settle.ts'

/** A document that is paid from what its buyer has. */
type Paper = { readonly id: string; readonly buyerId: string; readonly edgeId: string; readonly currency: string }

/** An amount that leaves a grant, or the buyer's money where it names none; below zero it goes to the money. */
type Draw = {
  readonly paper: Paper
  readonly eventId: string
  readonly grantId: string | null
  readonly amount: string
}

const keyOf = ({ buyerId, currency: code }: { buyerId: string; currency: string }): string => `${buyerId} ${code}`

/**
 * Pays documents, as they are issued, from what their buyers have with the seller, in the order of their numbers (law 8):
 * the document stays what it is, less of it is due. Credit that was granted is drawn before money. What a negative document
 * gives back is the buyer's first, and pays the others of the same issue too. Runs as weir_seller in the transaction that
 * issues them; the balances are locked in the order of the buyers before they are read.
 */
export async function drawBalances(tx: Tx, seller: Book, drafts: readonly DraftRow[]): Promise<void> {
  const owing = drafts.filter(({ total }) => decimal(total).greaterThan(0))
  const givingBack = drafts.filter(({ total }) => isNegative(decimal(total)))
  const owingIds = owing.map(({ buyerId }) => buyerId)
  const found = [...(await listBalances(tx, seller.id, owingIds)), ...(await readGrants(tx, seller.id, owingIds))]
  const buyerIds = [...new Set([...found, ...givingBack].map(({ buyerId }) => buyerId))].sort()
  if (buyerIds.length === 0) return
  for (const buyerId of buyerIds) await holdBalance(tx, seller.id, buyerId)
  await bookDraws(
    tx,
    seller,
    givingBack.map((paper) => ({ paper, eventId: newId(), grantId: null, amount: paper.total })),
  )
  await bookDraws(tx, seller, drawEach(owing, await readPurses(tx, seller.id, buyerIds)))
}

/**
 * Pays a part of an issued document from what its buyer has, in the same order. Runs as weir_seller; the document and the
 * buyer's edges are locked, and `purse` was read afterwards.
 */
export const drawPart = (tx: Tx, seller: Book, paper: Paper & { readonly amount: string }, purse: Purse) =>
  bookDraws(tx, seller, drawEach([{ ...paper, total: paper.amount }], new Map([[keyOf(paper), purse]])))

/** What a buyer has with the seller in a currency and may draw today. Runs as weir_seller, the buyer's edges are locked. */
export const readPurse = async (
  tx: Tx,
  sellerId: string,
  buyer: { readonly buyerId: string; readonly currency: string },
): Promise<Purse> => (await readPurses(tx, sellerId, [buyer.buyerId])).get(keyOf(buyer)) ?? empty

const empty: Purse = { grants: [], balance: '0' }

async function readPurses(tx: Tx, sellerId: string, buyerIds: readonly string[]): Promise<Map<string, Purse>> {
  const purses = new Map<string, Purse>()
  for (const row of await listBalances(tx, sellerId, buyerIds)) {
    purses.set(keyOf(row), { grants: [], balance: row.balance })
  }
  for (const row of await readGrants(tx, sellerId, buyerIds)) {
    const purse = purses.get(keyOf(row)) ?? empty
    purses.set(keyOf(row), { ...purse, grants: [...purse.grants, row] })
  }
  return purses
}

/** Settles documents by what is drawn for them. */
async function bookDraws(tx: Tx, seller: Book, draws: readonly Draw[]): Promise<void> {
  await settle(
    tx,
    seller.id,
    draws.map(({ paper, eventId: id, amount }) => ({
      id,
      invoiceId: paper.id,
      kind: 'credit_applied' as const,
      amount,
      sourceId: id,
      reason: null,
    })),
  )
  for (const draw of draws) await bookDraw(tx, seller, draw)
}

function drawEach(papers: readonly (Paper & { readonly total: string })[], purses: Map<string, Purse>): Draw[] {
  return papers.flatMap((paper) => {
    const key = keyOf(paper)
    const { draws, purse } = drawFrom(paper.total, purses.get(key) ?? empty, currency(paper.currency))
    purses.set(key, purse)
    return draws.map((draw) => ({ ...draw, paper, eventId: newId() }))
  })
}

async function bookDraw(tx: Tx, seller: Book, { paper, eventId, grantId, amount }: Draw): Promise<void> {
  const money = currency(paper.currency)
  if (grantId === null) {
    const drawn = amountText(decimal(amount).negated(), money)
    const { edgeId } = paper
    await changeBalance(tx, seller.id, { edgeId, currency: money, kind: 'applied', amount: drawn, sourceId: eventId })
  } else {
    await recordDraw(tx, seller.id, { grantId, amount, sourceId: eventId })
  }
  const postings = postingsOfCreditUse({ sellerId: seller.id, currency: money, amount })
  await post(
    tx,
    seller,
    'credit',
    postings.map((posting) => ({ ...posting, documentId: eventId })),
  )
}
