import { amountText, Decimal, decimal, isNegative, zero, type Currency } from './money.ts'

/** What a document draws from a credit balance, what is left of the balance, and what is still due. Text in minor units. */
type Draw = { readonly drawn: string; readonly left: string; readonly due: string }

/**
 * Pays a total, tax included, from a credit balance as far as it goes (law 8: credit comes after tax and changes what is
 * due, never the document). A total below zero draws nothing, and so does an empty balance.
 */
export function drawCredit(total: string, balance: string, currency: Currency): Draw {
  const [owed, has] = [decimal(total), decimal(balance)]
  const drawn = isNegative(owed) || isNegative(has) ? zero : Decimal.min(owed, has)
  const text = (amount: Decimal): string => amountText(amount, currency)
  return { drawn: text(drawn), left: text(has.minus(drawn)), due: text(owed.minus(drawn)) }
}

/** Why a seller grants credit without money. */
export const grantPurposes = ['promotion', 'goodwill', 'service_level'] as const
export type GrantPurpose = (typeof grantPurposes)[number]

/** What may happen to granted credit; all but the first take from it. */
export const grantEntryKinds = ['granted', 'drawn', 'expired', 'voided'] as const
export type GrantEntryKind = (typeof grantEntryKinds)[number]

/** How a grant stands; derived from its days and what is left of it, never stored. */
export const grantStates = ['upcoming', 'active', 'used', 'expired', 'voided'] as const
export type GrantState = (typeof grantStates)[number]

/** Granted credit that may be drawn; `validTo` is the first day on which it is not valid any more. Ids grow with time. */
type Grant = { readonly id: string; readonly left: string; readonly validTo: string | null }

/** What a buyer has with a seller in a currency: credit that was granted, and money. */
export type Purse = { readonly grants: readonly Grant[]; readonly balance: string }

/** What is drawn of a grant, or of the money where it names none. */
type Drawn = { readonly grantId: string | null; readonly amount: string }

/** Grants that end first are drawn first, those that never end last; of the same day the older ones first. */
const inDrawingOrder = (grants: readonly Grant[]): Grant[] => {
  const key = ({ validTo, id }: Grant): string => `${validTo ?? 'never'} ${id}`
  return grants.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}

/**
 * Pays a total from a purse: granted credit in its order, then money, so that no money is used while a gift would expire.
 * What is drawn, what is left and what is still due add up.
 */
export function drawFrom(
  total: string,
  purse: Purse,
  currency: Currency,
): { readonly draws: readonly Drawn[]; readonly purse: Purse; readonly due: string } {
  const draws: Drawn[] = []
  let due = total
  const takeFrom = (grantId: string | null, has: string): string => {
    const draw = drawCredit(due, has, currency)
    if (!decimal(draw.drawn).isZero()) draws.push({ grantId, amount: draw.drawn })
    due = draw.due
    return draw.left
  }
  const grants = inDrawingOrder(purse.grants).map((grant) => ({ ...grant, left: takeFrom(grant.id, grant.left) }))
  const balance = takeFrom(null, purse.balance)
  return { draws, purse: { grants, balance }, due }
}
