import type { Tx } from '../../platform/db.ts'
import type { Night } from './nights.ts'

type DueRegion = { id: string; timeZone: string; cutOff: string; nextNight: string }

/** Regions whose night has come. Two sweepers never take the same. */
export const lockDueRegions = (tx: Tx, limit: number) =>
  tx<DueRegion[]>`
    select id, time_zone as "timeZone", to_char(cut_off, 'HH24:MI') as "cutOff", next_night as "nextNight"
    from region where state = 'active' and nightly_due_at <= clock_timestamp()
    order by nightly_due_at limit ${limit} for update skip locked`

export const updateNextNight = (tx: Tx, id: string, night: Night) => tx`
  update region set next_night = ${night.day}, nightly_due_at = ${night.dueAt} where id = ${id}`

/** Notes a rated night; an older one that comes late changes nothing but the time. */
export const updateLastNight = (tx: Tx, id: string, day: string) => tx`
  update region set last_night = greatest(last_night, ${day}::date), last_night_at = clock_timestamp() where id = ${id}`
