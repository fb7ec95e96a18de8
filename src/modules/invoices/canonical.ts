import { canonicalJson } from '../../billing/canonical.ts'
import { amountText, type Currency, decimal } from '../../billing/money.ts'

/** What the head of a document says, apart from its number. Amounts are decimal text. */
export type DocumentHead = {
  readonly id: string
  readonly period: string
  readonly currency: Currency
  readonly seller: { readonly id: string; readonly name: string }
  readonly buyer: { readonly id: string; readonly name: string }
  readonly issueDate: string
  readonly dueDate: string
  readonly net: string
  readonly tax: string
  readonly total: string
  readonly lines: number
}

/**
 * The head of an invoice as the one text that is hashed: canonical JSON (RFC 8785), amounts in minor digits.
 *
 * A document's body is this text, then each line by number on a line of its own: line, kind, subscription, SKU, service
 * period, region, service start, service end, quantity, quantity before, unrounded, net, tax category and price rate,
 * joined by `|`, numbers without trailing zeros. A line with details, a rate of exchange or a line that it amends has, behind one
 * more `|`, these as a JSON object in the form that Postgres prints jsonb. `body_hash` is the SHA-256 of the body in UTF-8, and the document's hash
 * is the SHA-256 of those 32 bytes followed by the number in UTF-8. Anybody who has the document can compute it again.
 */
export function headText(head: DocumentHead): string {
  const { currency } = head
  const amount = (text: string) => amountText(decimal(text), currency)
  return canonicalJson({
    type: 'invoice',
    id: head.id,
    period: head.period,
    currency,
    seller: { id: head.seller.id, name: head.seller.name },
    buyer: { id: head.buyer.id, name: head.buyer.name },
    issueDate: head.issueDate,
    dueDate: head.dueDate,
    net: amount(head.net),
    tax: amount(head.tax),
    total: amount(head.total),
    lines: head.lines,
  })
}
