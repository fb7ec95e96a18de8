import type { ResourceShare } from '../../../billing/discount.ts'
import { currency, minorText } from '../../../billing/money.ts'
import type { ReductionRow } from '../queries.ts'
import type { DiscountExplanation } from './model.ts'

const units: Readonly<Record<string, string>> = { percent: ' %', amount: '', free_quantity: ' free units' }

const saysOf = ({ resource, used, quantity, left }: ResourceShare, code: string): string =>
  `${resource} used ${used} of its ${quantity} units: of that share ${left} ${code} were left.`

/** What a discount took off a line, out of what the line keeps of it. */
export function explainReduction(row: ReductionRow, code: string): DiscountExplanation {
  const { line, amendsLine, unrounded, details } = row
  const { base, share, ...discount } = details
  const net = minorText(row.net, currency(code))
  const what = `${discount.name} (${discount.value}${units[discount.kind] ?? ''})`
  const where = discount.scope === 'buyer' ? 'its share of the document' : share ? 'of that' : 'line by line'
  const says = [
    `Of line ${amendsLine} ${base} ${code} were left.`,
    ...(share ? [saysOf(share, code)] : []),
    `${what} takes ${net} ${code} off, ${where}.`,
  ]
  return { line, kind: 'discount', amendsLine, discount, base, ...(share && { share }), unrounded, net, says }
}
