import {
  maxDimensionValueLength,
  maxDimensions,
  maxIdLength,
  maxResourceLength,
  maxUnitLength,
} from './intake/limits.ts'

const name = (maxLength: number, description: string) => ({
  type: 'string' as const,
  minLength: 1,
  maxLength,
  description,
})
const instant = (description: string) => ({ type: 'string' as const, format: 'date-time', description })

/** A usage record as the document of the API tells it; records are read, and their faults told one by one, by the intake. */
export const postedRecord = {
  type: 'object' as const,
  required: ['id', 'subscription', 'start', 'end', 'quantity'],
  additionalProperties: false,
  properties: {
    id: name(maxIdLength, 'of the record in its region: the same again is a duplicate, with other content a conflict'),
    subscription: name(maxIdLength, 'its id, or what the region calls it (externalIds)'),
    meter: name(maxIdLength, 'a meter of the region, which stands for a SKU and a factor; either this or sku'),
    sku: name(maxIdLength, 'the code of a SKU; either this or meter'),
    start: instant('when the use began, with an offset'),
    end: instant('when it ended, half-open; the same as start for an instant'),
    quantity: {
      type: 'string' as const,
      description:
        'a plain decimal such as 12.5, at most 26 digits before and 12 after the point; below zero to correct',
    },
    unit: name(
      maxUnitLength,
      'where it is not the unit of the SKU, the record waits in quarantine; of a meter with a factor, any',
    ),
    resource: name(maxResourceLength, 'what was used: a machine, a disk, a user'),
    dimensions: {
      type: 'object' as const,
      maxProperties: maxDimensions,
      additionalProperties: { type: 'string' as const, maxLength: maxDimensionValueLength },
      description: 'anything else worth keeping: a SKU may count distinct values of one',
    },
  },
}
