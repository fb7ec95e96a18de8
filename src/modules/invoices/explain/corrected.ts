import { amountText, currency, decimal } from '../../../billing/money.ts'
import type { InvoiceRow, PartRow } from '../queries.ts'
import type { Explanation } from './model.ts'

/** What a seller put in place of a computed amount, unrounded. */
type Corrected = { readonly from: string; readonly to: string }

/** What was right of a line when it was corrected, and what had been billed of it: the line charges what lies between. */
type Difference = { readonly unrounded: string; readonly right: string; readonly was: string }

const differenceOf = ({ details }: PartRow): Difference | undefined =>
  details && 'difference' in details ? (details.difference as Difference) : undefined

const correctedOf = ({ details }: PartRow): Corrected | undefined =>
  details && 'corrected' in details ? (details.corrected as Corrected) : undefined

/** The part as it was computed: what its seller corrected can't be come to by its price. */
export function computed(part: PartRow): PartRow {
  const from = correctedOf(part)?.from ?? differenceOf(part)?.unrounded
  return from === undefined ? part : { ...part, unrounded: from }
}

/** Says of a corrected line what stands in place of what was computed, and why. */
export function withCorrection(explained: Explanation, part: PartRow, invoice: InvoiceRow): Explanation {
  const difference = differenceOf(part)
  if (difference) return withDifference(explained, part, difference, invoice.reason ?? '')
  const corrected = correctedOf(part)
  if (!corrected) return explained
  const { from, to } = corrected
  const reason = invoice.reason ?? ''
  const net = amountText(decimal(to), currency(invoice.currency))
  const says = [...explained.says, `Corrected by the seller from ${from} to ${to}: ${reason}`]
  return { ...explained, unrounded: to, net, corrected: { from, to, reason }, says }
}

function withDifference(
  explained: Explanation,
  part: PartRow,
  { right, was }: Difference,
  reason: string,
): Explanation {
  const says = [...explained.says, `Right is ${right}, ${was} was billed: ${part.net} is charged besides. ${reason}`]
  return { ...explained, unrounded: part.unrounded, net: part.net, corrected: { from: was, to: right, reason }, says }
}
