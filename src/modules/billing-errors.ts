import { BillingError } from '../billing/errors.ts'
import { type Fault, invalidFields } from '../platform/errors.ts'

/** What a money rule found wrong, as a fault at its pointer. */
export const faultOf = ({ at, code, message }: BillingError): Fault => ({ pointer: at, code, message })

/** Runs a check of src/billing on a caller's input. @throws DomainError 422 with the pointer of a BillingError. */
export function checkedInput<T>(check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (error instanceof BillingError) throw invalidFields([faultOf(error)])
    throw error
  }
}

/** As `checkedInput` for a list: every faulty item is named, not only the first one. @throws DomainError 422 */
export function checkedItems<T, R>(items: readonly T[], check: (item: T, index: number) => R): R[] {
  const faults: Fault[] = []
  const results: R[] = []
  for (const [index, item] of items.entries()) {
    try {
      results.push(check(item, index))
    } catch (error) {
      if (!(error instanceof BillingError)) throw error
      faults.push(faultOf(error))
    }
  }
  if (faults.length > 0) throw invalidFields(faults)
  return results
}
