import type { Branch } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { NewRegion, Region, RegionFilters } from './model.ts'
import type { Night } from './nights.ts'

export type RegionRow = Region & { version: number; nextNight: string }

/** Batches are the platform's: other tiers have no right to ask for the last one. */
const columns = (tx: Tx, viewer: Pick<Branch, 'level'>) => tx`
  region.id, code, name, time_zone as "timeZone", to_char(cut_off, 'HH24:MI') as "cutOff",
  record_semantics as "recordSemantics", late_limit_hours as "lateLimitHours", state,
  complete_until as "completeUntil", nightly_due_at as "nightlyDueAt", next_night as "nextNight",
  last_night as "lastNight", last_night_at as "lastNightAt", version,
  created_at as "createdAt", updated_at as "updatedAt",
  ${
    viewer.level === 'platform'
      ? tx`(select received_at from usage_batch where region_id = region.id order by id desc limit 1)`
      : tx`null::timestamptz`
  } as "lastBatchAt"`

export const listRegions = (tx: Tx, viewer: Branch, filters: RegionFilters, page: PageRequest) =>
  tx<RegionRow[]>`
    select ${columns(tx, viewer)} from region
    where true
      ${filters.code ? tx`and code = ${filters.code}` : tx``}
      ${filters.state ? tx`and state = ${filters.state}` : tx``}
      ${page.after ? tx`and region.id < ${page.after}` : tx``}
    order by region.id desc limit ${onePast(tx, page)}`

export const findRegion = async (tx: Tx, viewer: Branch, id: string) =>
  one(await tx<RegionRow[]>`select ${columns(tx, viewer)} from region where region.id = ${id}`)

/** Holds up new batches of the region as well, which name it. */
export const lockRegion = async (tx: Tx, viewer: Branch, id: string) =>
  one(await tx<RegionRow[]>`select ${columns(tx, viewer)} from region where region.id = ${id} for update`)

/** True once the region has sent anything. Reads what was committed before the region was locked. */
export const hasSent = async (tx: Tx, id: string): Promise<boolean> =>
  (await tx`select from usage_batch where region_id = ${id} limit 1`).length > 0

/** Now, by the clock that decides when nights are due. */
export const readClock = async (tx: Tx): Promise<string> => {
  const [row] = await tx<{ now: string }[]>`select clock_timestamp() as now`
  return row?.now ?? ''
}

type Written = Required<Pick<NewRegion, 'code' | 'name' | 'timeZone' | 'recordSemantics' | 'cutOff'>> & {
  lateLimitHours: number | null
}

export const insertRegion = async (tx: Tx, viewer: Branch, region: Written, night: Night) =>
  one(
    await tx<RegionRow[]>`
      insert into region (id, code, name, time_zone, cut_off, record_semantics, late_limit_hours, next_night, nightly_due_at)
      values (${newId()}, ${region.code}, ${region.name}, ${region.timeZone}, ${region.cutOff},
              ${region.recordSemantics}, ${region.lateLimitHours}, ${night.day}, ${night.dueAt})
      on conflict on constraint region_code_taken do nothing
      returning ${columns(tx, viewer)}`,
  )

/** Undefined when the region has changed since `version`. */
export const updateRegion = async (
  tx: Tx,
  viewer: Branch,
  region: Written & { id: string; version: number },
  night: Night,
) =>
  one(
    await tx<RegionRow[]>`
      update region
      set code = ${region.code}, name = ${region.name}, time_zone = ${region.timeZone}, cut_off = ${region.cutOff},
          record_semantics = ${region.recordSemantics}, late_limit_hours = ${region.lateLimitHours},
          next_night = ${night.day}, nightly_due_at = ${night.dueAt}, version = version + 1, updated_at = clock_timestamp()
      where region.id = ${region.id} and version = ${region.version}
      returning ${columns(tx, viewer)}`,
  )

export const updateState = async (tx: Tx, viewer: Branch, id: string, state: 'active' | 'paused', night: Night) =>
  one(
    await tx<RegionRow[]>`
      update region
      set state = ${state}, next_night = ${night.day}, nightly_due_at = ${night.dueAt}, version = version + 1,
          updated_at = clock_timestamp()
      where region.id = ${id} returning ${columns(tx, viewer)}`,
  )

/** Zero rows: the region has said more before. */
export const raiseWatermark = async (tx: Tx, viewer: Branch, id: string, completeUntil: string) =>
  one(
    await tx<RegionRow[]>`
      update region set complete_until = ${completeUntil}, updated_at = clock_timestamp()
      where region.id = ${id} and (complete_until is null or complete_until <= ${completeUntil})
      returning ${columns(tx, viewer)}`,
  )

/** Raises the watermark where it is lower, for a batch that was taken in. */
export const raiseWatermarkTo = (tx: Tx, id: string, completeUntil: string) => tx`
  update region set complete_until = ${completeUntil}, updated_at = clock_timestamp()
  where region.id = ${id} and (complete_until is null or complete_until < ${completeUntil})`
