import type { FaultCode } from './faults.ts'
import { maxDimensionKeyLength } from './limits.ts'

/**
 * Why `text` can't be kept, or undefined. Postgres stores no NUL, and half a surrogate pair has no UTF-8 form, so two
 * such texts would look alike in a hash.
 */
export function textFault(text: string, maxLength: number, minLength = 1): FaultCode | undefined {
  if (text.length < minLength) return 'text.empty'
  if (text.length > maxLength) return 'text.too_long'
  if (text.includes('\0')) return 'text.nul'
  if (!text.isWellFormed()) return 'text.not_unicode'
  return undefined
}

/** True when a name from outside may appear in a pointer, which is stored and shown. */
export const isNameable = (name: string): boolean => textFault(name, maxDimensionKeyLength) === undefined
