import { Instant, object, oneOf, orNull, type Static } from '../../../platform/schema.ts'

const fields = {
  spanning: oneOf(['split', 'start'] as const, {
    description:
      'a summed record that lasts over midnight UTC is split by time, or belongs to the day on which it starts; for months ' +
      'to which nothing was posted yet',
  }),
}

export const NewUsageSettings = object(fields)
export type NewUsageSettings = Static<typeof NewUsageSettings>

export const UsageSettings = object({ ...fields, updatedAt: orNull(Instant) }, { $id: 'UsageSettings' })
export type UsageSettings = Static<typeof UsageSettings>
