import { BillingError } from '../../src/billing/errors.ts'

/** The code and pointer of the BillingError that `work` throws; fails when it throws nothing or something else. */
export function refusal(work: () => unknown): { code: string; at: string } {
  try {
    work()
  } catch (error) {
    if (error instanceof BillingError) return { code: error.code, at: error.at }
    throw error
  }
  throw new Error('nothing was refused')
}
