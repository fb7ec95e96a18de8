import { creditedTax } from '../../../billing/credit-note.ts'
import { amountText, type Currency, decimal } from '../../../billing/money.ts'
import type { DocumentTax } from '../../../billing/tax.ts'
import type { Tx } from '../../../platform/db.ts'
import { listTaxBases } from './queries.ts'

/** The share of each tax of the amended document that the note gives back, by what is credited now. As weir_seller. */
export async function taxesOfNote(
  tx: Tx,
  note: { id: string; invoiceId: string },
  money: Currency,
): Promise<DocumentTax[]> {
  const rows = await listTaxBases(tx, note)
  return rows.flatMap(({ creditedBase, nowBase, ...tax }) => {
    const now = decimal(nowBase)
    if (now.isZero()) return []
    const whole = { base: decimal(tax.base), amount: decimal(tax.amount), creditedBase: decimal(creditedBase) }
    const amount = amountText(creditedTax(whole, now, money), money)
    return [{ ...tax, base: amountText(now, money), amount } as DocumentTax]
  })
}
