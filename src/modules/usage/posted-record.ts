import {
  MAX_DIMENSION_VALUE_LENGTH,
  MAX_DIMENSIONS,
  MAX_ID_LENGTH,
  MAX_RESOURCE_LENGTH,
  MAX_UNIT_LENGTH,
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
    id: name(
      MAX_ID_LENGTH,
      'of the record in its region: the same again is a duplicate, with other content a conflict',
    ),
    subscription: name(MAX_ID_LENGTH, 'its id, or what the region calls it (externalIds)'),
    meter: name(MAX_ID_LENGTH, 'a meter of the region, which stands for a SKU and a factor; either this or sku'),
    sku: name(MAX_ID_LENGTH, 'the code of a SKU; either this or meter'),
    start: instant('when the use began, with an offset'),
    end: instant('when it ended, half-open; the same as start for an instant'),
    quantity: {
      type: 'string' as const,
      description:
        'a plain decimal such as 12.5, at most 26 digits before and 12 after the point; below zero to correct',
    },
    unit: name(
      MAX_UNIT_LENGTH,
      'where it is not the unit of the SKU, the record waits in quarantine; of a meter with a factor, any',
    ),
    resource: name(MAX_RESOURCE_LENGTH, 'what was used: a machine, a disk, a user'),
    dimensions: {
      type: 'object' as const,
      maxProperties: MAX_DIMENSIONS,
      additionalProperties: { type: 'string' as const, maxLength: MAX_DIMENSION_VALUE_LENGTH },
      description: 'anything else worth keeping: a SKU may count distinct values of one',
    },
  },
}
