import { object, PeriodText, type Static } from '../../../platform/schema.ts'

export const NewRun = object({ period: PeriodText })
export type NewRun = Static<typeof NewRun>
