import { zeroTotals } from '../../../billing/invoice.ts'
import { Instant, object, oneOf, orNull, type Static } from '../../../platform/schema.ts'

const fields = {
  zeroTotals: oneOf(zeroTotals, {
    description:
      'what a run does with a draft on which every line is 0.00 and nothing is charged but usage: `issue` gives it a number as ' +
      'any other, `settle` makes its lines final without a document',
  }),
}

export const NewBillingSettings = object(fields)
export type NewBillingSettings = Static<typeof NewBillingSettings>

export const BillingSettings = object({ ...fields, updatedAt: orNull(Instant) }, { $id: 'BillingSettings' })
export type BillingSettings = Static<typeof BillingSettings>
