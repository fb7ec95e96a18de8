import { drawCredit } from '../../billing/credit.ts'
import { postingsOfCreditUse } from '../../billing/ledger.ts'
import { amountText, currency, decimal, isNegative } from '../../billing/money.ts'
import type { Level } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { post } from '../ledger/service.ts'
import type { DraftRow } from './queries-issue.ts'
import { listBalances, lockBalance } from './queries-settle.ts'
import { changeBalance, settle } from './settle.ts'

type Draw = { readonly draft: DraftRow; readonly eventId: string; readonly amount: string }

const keyOf = ({ buyerId, currency: code }: { buyerId: string; currency: string }): string => `${buyerId} ${code}`

/**
 * Pays documents, as they are issued, from what their buyers have with the seller, in the order of their numbers (design
 * section 5 rule 8): the document stays what it is, less of it is due. What a negative document gives back is the buyer's
 * first, and pays the others of the same issue too. Runs as weir_seller in the transaction that issues them; the balances are
 * locked in the order of the buyers before they are read.
 */
export async function drawBalances(
  tx: Tx,
  seller: { readonly id: string; readonly level: Level },
  drafts: readonly DraftRow[],
): Promise<void> {
  const owing = drafts.filter(({ total }) => decimal(total).greaterThan(0))
  const givingBack = drafts.filter(({ total }) => isNegative(decimal(total)))
  const found = await listBalances(
    tx,
    seller.id,
    owing.map(({ buyerId }) => buyerId),
  )
  const buyerIds = [...new Set([...found, ...givingBack].map(({ buyerId }) => buyerId))].sort()
  if (buyerIds.length === 0) return
  for (const buyerId of buyerIds) await lockBalance(tx, seller.id, buyerId)
  await bookDraws(
    tx,
    seller,
    givingBack.map((draft) => ({ draft, eventId: newId(), amount: draft.total })),
  )
  const balances = await listBalances(tx, seller.id, buyerIds)
  await bookDraws(tx, seller, drawEach(owing, new Map(balances.map((row) => [keyOf(row), row.balance]))))
}

/** Settles documents from the balances of their buyers; a negative amount goes into the balance. */
async function bookDraws(
  tx: Tx,
  seller: { readonly id: string; readonly level: Level },
  draws: readonly Draw[],
): Promise<void> {
  await settle(
    tx,
    seller.id,
    draws.map(({ draft, eventId: id, amount }) => ({
      id,
      invoiceId: draft.id,
      kind: 'credit_applied' as const,
      amount,
      sourceId: id,
      reason: null,
    })),
  )
  for (const draw of draws) await bookDraw(tx, seller, draw)
}

function drawEach(drafts: readonly DraftRow[], balances: Map<string, string>): Draw[] {
  return drafts.flatMap((draft) => {
    const key = keyOf(draft)
    const code = currency(draft.currency)
    const { drawn, left } = drawCredit(draft.total, balances.get(key) ?? '0', code)
    balances.set(key, left)
    return decimal(drawn).isZero() ? [] : [{ draft, eventId: newId(), amount: drawn }]
  })
}

async function bookDraw(
  tx: Tx,
  seller: { readonly id: string; readonly level: Level },
  { draft, eventId, amount }: Draw,
): Promise<void> {
  const money = currency(draft.currency)
  const drawn = amountText(decimal(amount).negated(), money)
  const { edgeId } = draft
  await changeBalance(tx, seller.id, { edgeId, currency: money, kind: 'applied', amount: drawn, sourceId: eventId })
  const postings = postingsOfCreditUse({ sellerId: seller.id, currency: money, amount })
  await post(
    tx,
    seller,
    'credit',
    postings.map((posting) => ({ ...posting, documentId: eventId })),
  )
}
