import { canonicalJson, type Json } from '../../billing/canonical.ts'
import { amountText, type Currency, decimal } from '../../billing/money.ts'

/** What the head of a document says, apart from its number. Amounts are decimal text. */
type DocumentHead = {
  /** `invoice` where nothing is said. A credit note names the invoice that it amends and why. */
  readonly type?: 'invoice' | 'credit_note'
  readonly amends?: string | null
  readonly reason?: string | null
  readonly id: string
  readonly period: string
  readonly currency: Currency
  readonly seller: DocumentParty
  readonly buyer: DocumentParty
  readonly issueDate: string
  readonly dueDate: string
  readonly net: string
  readonly tax: string
  readonly total: string
  readonly lines: number
  /** Empty, or not there, on documents without tax, whose head has none. */
  readonly taxes?: readonly HeadTax[] | undefined
}

/** Who sells or buys; the identity as the tax office knows it, where there is one. */
export type DocumentParty = { readonly id: string; readonly name: string; readonly identity?: Json }

/** A tax of the document; numbers are decimal text. */
export type HeadTax = {
  readonly category: string
  readonly name: string
  readonly percent: string
  readonly base: string
  readonly amount: string
  readonly reason: string | null
}

const partyOf = ({ id, name, identity }: DocumentParty): Json => ({ id, name, ...(identity ? { identity } : {}) })

/**
 * The head of a document as the one text that is hashed: canonical JSON (RFC 8785), amounts in minor digits.
 *
 * A document's body is this text, then each line by number on a line of its own: line, kind, subscription, SKU, service
 * period, region, service start, service end, quantity, quantity before, unrounded, net, tax category and price rate,
 * joined by `|`, numbers without trailing zeros. A line with details, a rate of exchange, tax rates or a line that it amends has, behind one
 * more `|`, these as a JSON object in the form that Postgres prints jsonb. `body_hash` is the SHA-256 of the body in UTF-8, and the document's hash
 * is the SHA-256 of those 32 bytes followed by the number in UTF-8. Anybody who has the document can compute it again.
 */
export function headText(head: DocumentHead): string {
  const { currency } = head
  const amount = (text: string) => amountText(decimal(text), currency)
  return canonicalJson({
    type: head.type ?? 'invoice',
    id: head.id,
    period: head.period,
    currency,
    seller: partyOf(head.seller),
    buyer: partyOf(head.buyer),
    issueDate: head.issueDate,
    dueDate: head.dueDate,
    net: amount(head.net),
    tax: amount(head.tax),
    total: amount(head.total),
    lines: head.lines,
    ...(head.amends ? { amends: head.amends, reason: head.reason ?? null } : {}),
    ...(head.taxes && head.taxes.length > 0
      ? { taxes: head.taxes.map((tax) => ({ ...tax, base: amount(tax.base), amount: amount(tax.amount) })) }
      : {}),
  })
}
