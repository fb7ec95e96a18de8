import type { FaultCode } from './faults.ts'

const plain = /^(-?)(\d+)(?:\.(\d+))?$/
const maxIntegerDigits = 26
const maxFractionDigits = 12

/** A quantity in its one normal form (no leading or trailing zeros, no `-0`), or why it is none. */
type ReadQuantity = { readonly text: string } | { readonly code: FaultCode }

/**
 * Reads a quantity: decimal text below 10^26 with at most 12 digits after the point, zeros at the end not counted (domain,
 * Usage), so at most 38 digits in all. It never passes through a float.
 */
export function readQuantity(value: unknown): ReadQuantity {
  if (typeof value !== 'string') return { code: 'quantity.not_text' }
  const parts = plain.exec(value)
  if (!parts) return { code: 'quantity.malformed' }
  const integer = withoutLeadingZeros(parts[2] ?? '')
  const fraction = withoutTrailingZeros(parts[3] ?? '')
  if (integer.length > maxIntegerDigits) return { code: 'quantity.too_large' }
  if (fraction.length > maxFractionDigits) return { code: 'quantity.too_precise' }
  const magnitude = fraction === '' ? integer || '0' : `${integer || '0'}.${fraction}`
  return { text: magnitude === '0' ? '0' : `${parts[1] ?? ''}${magnitude}` }
}

// Loops, because a pattern such as /0+$/ looks at each run of zeros again from every zero of it.
function withoutLeadingZeros(digits: string): string {
  let from = 0
  while (from < digits.length && digits[from] === '0') from += 1
  return digits.slice(from)
}

function withoutTrailingZeros(digits: string): string {
  let to = digits.length
  while (to > 0 && digits[to - 1] === '0') to -= 1
  return digits.slice(0, to)
}
