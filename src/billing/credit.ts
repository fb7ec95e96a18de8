import { amountText, Decimal, decimal, isNegative, zero, type Currency } from './money.ts'

/** What a document draws from a credit balance, what is left of the balance, and what is still due. Text in minor units. */
export type Draw = { readonly drawn: string; readonly left: string; readonly due: string }

/**
 * Pays a total, tax included, from a credit balance as far as it goes (design section 5 rule 8: credit comes after tax and
 * changes what is due, never the document). A total below zero draws nothing, and so does an empty balance.
 */
export function drawCredit(total: string, balance: string, currency: Currency): Draw {
  const [owed, has] = [decimal(total), decimal(balance)]
  const drawn = isNegative(owed) || isNegative(has) ? zero : Decimal.min(owed, has)
  const text = (amount: Decimal): string => amountText(amount, currency)
  return { drawn: text(drawn), left: text(has.minus(drawn)), due: text(owed.minus(drawn)) }
}
