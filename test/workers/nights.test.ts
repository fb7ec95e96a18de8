import { describe, expect, test } from 'bun:test'
import { regionNight } from '../../jobs/regions.ts'
import { localDateAt } from '../../src/billing/zones.ts'
import { enqueueDueNights } from '../../src/modules/regions/nightly.ts'
import { nightAfter, nightOf } from '../../src/modules/regions/nights.ts'
import { workScope } from '../../src/platform/work.ts'
import { regionHandlers } from '../../workers/regions.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testJobs } from '../support/jobs.ts'
import { usageWorld } from '../support/usage.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const world = await usageWorld(api, sql)

describe('the nights of a region', () => {
  const tick = () => jobs.db.transaction(workScope(jobs.owner, 'weir_relay'), (tx) => enqueueDueNights(tx, jobs.owner))
  const nightsOf = async (id: string) =>
    (
      await sql`select payload->>'day' as day from job where kind = ${regionNight.kind} and payload->>'regionId' = ${id} order by 1`
    ).map((row) => row.day as string)
  const at = (id: string, day: string, zone: { timeZone: string; cutOff: string }) =>
    sql`update region set next_night = ${day}, nightly_due_at = ${nightOf(day, zone).dueAt} where id = ${id}`

  test('each local day is rated once, however many sweepers look; missed ones come one by one', async () => {
    const zone = { timeZone: 'Asia/Tokyo', cutOff: '02:00' }
    const { id } = await world.region('night', zone)
    const today = localDateAt(new Date().toISOString(), zone.timeZone)
    const back = (days: number) => Temporal.PlainDate.from(today).subtract({ days }).toString()
    await at(id, back(3), zone)
    await Promise.all([tick(), tick(), tick(), tick()])
    await Promise.all([tick(), tick()])
    await tick()
    await tick()
    const due = [back(3), back(2), back(1)].filter((day) => nightOf(day, zone).dueAt <= new Date().toISOString())
    expect(await nightsOf(id)).toEqual(due)
    const [row] = await sql`select nightly_due_at > clock_timestamp() as "isAhead" from region where id = ${id}`
    expect(row!.isAhead).toBe(true)
  })

  test('a paused region has none; resumed, it leaves the nights of the pause out', async () => {
    const zone = { timeZone: 'UTC', cutOff: '00:00' }
    const { id } = await world.region('pausing', zone)
    await api.call('POST', `/api/v1/regions/${id}/pause`, { token: world.token })
    await at(id, '2024-01-01', zone)
    await tick()
    expect(await nightsOf(id)).toEqual([])
    await api.call('POST', `/api/v1/regions/${id}/resume`, { token: world.token })
    await tick()
    expect(await nightsOf(id)).toEqual([])
  })

  test('the job rates and is noted on the region', async () => {
    const zone = { timeZone: 'UTC', cutOff: '00:00' }
    const { id } = await world.region('noted', zone)
    await at(id, '2024-01-01', zone)
    await tick()
    const [job] = await sql`select id from job where kind = ${regionNight.kind} and payload->>'regionId' = ${id}`
    expect(await jobs.runner(regionHandlers).run(job!.id)).toBe('done')
    const { body } = await api.call('GET', `/api/v1/regions/${id}`, { token: world.token })
    expect(body.lastNight).toBe('2024-01-01')
  })

  test.each([
    [
      'before the cut-off it is yesterday',
      '2026-11-23T00:30:00Z',
      'UTC',
      '01:00',
      '2026-11-22',
      '2026-11-23T01:00:00Z',
    ],
    ['after the cut-off it is today', '2026-11-23T01:00:00Z', 'UTC', '01:00', '2026-11-23', '2026-11-24T01:00:00Z'],
    ['in a zone ahead', '2026-11-23T16:00:00Z', 'Asia/Tokyo', '02:00', '2026-11-23', '2026-11-23T17:00:00Z'],
    ['after a day of 23 hours', '2025-03-30T10:00:00Z', 'Europe/Berlin', '02:00', '2025-03-30', '2025-03-31T00:00:00Z'],
    ['after a day of 25 hours', '2025-10-26T10:00:00Z', 'Europe/Berlin', '02:00', '2025-10-26', '2025-10-27T01:00:00Z'],
    [
      'where midnight is skipped',
      '2024-04-25T20:00:00Z',
      'Africa/Cairo',
      '00:30',
      '2024-04-25',
      '2024-04-25T22:30:00Z',
    ],
  ])('the next night: %s', (_, now, timeZone, cutOff, day, dueAt) => {
    expect(nightAfter(now, { timeZone, cutOff })).toEqual({ day, dueAt })
  })
})
