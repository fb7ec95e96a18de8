import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'
import { buildWorld } from '../support/world.ts'

const database = await testDatabase()
const { call, signIn } = testApi(database)
const sql = lookInto(database)
const world = await usageWorld({ call, signIn }, sql)
const hierarchy = await buildWorld({ call, signIn }, [['reseller', 'agent']])
const { token } = world
const distributor = await hierarchy.token(hierarchy.distributors.reseller)

const newRegion = (code: string, change: object = {}) => ({ code, name: 'North', timeZone: 'Europe/Berlin', ...change })
const create = (body: unknown, by = token) => call('POST', '/api/v1/regions', { token: by, body })

describe('POST /regions', () => {
  test('201 with defaults, a place and a version; its first night is still to come', async () => {
    const { status, body, headers } = await create(newRegion('north-1'))
    expect(status).toBe(201)
    expect(body).toMatchObject({ code: 'north-1', cutOff: '02:00', recordSemantics: 'event', state: 'active' })
    expect([body.lateLimitHours, body.completeUntil, body.lastBatchAt, body.lastNight]).toEqual([
      null,
      null,
      null,
      null,
    ])
    expect(Date.parse(body.nightlyDueAt)).toBeGreaterThan(Date.now())
    expect(headers.get('location')).toBe(`/api/v1/regions/${body.id}`)
    expect(headers.get('etag')).toBe('"1"')
  })

  test('409 for a code that is taken', async () => {
    await create(newRegion('twice'))
    const { status, body } = await create(newRegion('twice'))
    expect([status, body.code, body.errors[0].pointer]).toEqual([409, 'region.code_taken', '/code'])
  })

  test.each([
    ['an offset instead of a zone', { timeZone: '+02:00' }, '/timeZone'],
    ['a zone that does not exist', { timeZone: 'Mars/Olympus' }, '/timeZone'],
    ['a cut-off after midnight', { cutOff: '24:00' }, '/cutOff'],
    ['a limit of nothing', { lateLimitHours: 0 }, '/lateLimitHours'],
    ['an unknown field', { zone: 'Europe/Berlin' }, '/zone'],
  ])('422 for %s', async (_, change, pointer) => {
    const { status, body } = await create(newRegion('bad', change))
    expect([status, body.errors[0].pointer]).toEqual([422, pointer])
  })

  test('403 for a distributor, whatever it sends', async () => {
    expect((await create({ nonsense: 1 }, distributor)).status).toBe(403)
  })
})

describe('PATCH /regions/{id}', () => {
  test('changes what was read; 428 without and 412 with an old version', async () => {
    const region = (await create(newRegion('patched'))).body
    const path = `/api/v1/regions/${region.id}`
    const patch = (headers: Record<string, string>) =>
      call('PATCH', path, { token, body: { name: 'South', lateLimitHours: 24 }, headers })
    expect((await patch({})).status).toBe(428)
    const { status, body, headers } = await patch({ 'if-match': '"1"' })
    expect([status, body.name, body.lateLimitHours, headers.get('etag')]).toEqual([200, 'South', 24, '"2"'])
    expect((await patch({ 'if-match': '"1"' })).status).toBe(412)
  })

  test('what records mean can change until the first batch, and never after: 409', async () => {
    const { id } = (await create(newRegion('meaning'))).body
    const mean = (recordSemantics: string, version: number) =>
      call('PATCH', `/api/v1/regions/${id}`, {
        token,
        body: { recordSemantics },
        headers: { 'if-match': `"${version}"` },
      })
    expect((await mean('hour', 1)).status).toBe(200)
    expect((await world.post('meaning', [usageRecord('one')])).status).toBe(202)
    const { status, body } = await mean('event', 2)
    expect([status, body.code, body.errors[0].pointer]).toEqual([409, 'region.semantics_in_use', '/recordSemantics'])
    expect((await mean('hour', 2)).status).toBe(200)
  })

  test('another zone moves the instant of the next night and not its day', async () => {
    const region = (await create(newRegion('moved', { timeZone: 'UTC', cutOff: '00:30' }))).body
    const [before] = await sql`select next_night::text as night from region where id = ${region.id}`
    const headers = { 'if-match': '"1"' }
    const body = { timeZone: 'Asia/Tokyo' }
    const { body: after } = await call('PATCH', `/api/v1/regions/${region.id}`, { token, body, headers })
    const [moved] = await sql`select next_night::text as night from region where id = ${region.id}`
    expect(moved!.night).toBe(before!.night)
    expect(Date.parse(region.nightlyDueAt) - Date.parse(after.nightlyDueAt)).toBe(9 * 3_600_000)
  })
})

describe('pause and resume', () => {
  test('a paused region takes no usage; what is not possible is 409', async () => {
    const region = (await create(newRegion('paused'))).body
    const act = (verb: string) => call('POST', `/api/v1/regions/${region.id}/${verb}`, { token })
    expect((await act('resume')).status).toBe(409)
    expect((await act('pause')).body.state).toBe('paused')
    const refused = await world.post('paused', [{ id: 'x' }])
    expect([refused.status, refused.body.code]).toEqual([409, 'region.paused'])
    expect((await act('resume')).body.state).toBe('active')
  })
})

describe('PUT /regions/{id}/complete-until', () => {
  test('rises, stays, and never falls', async () => {
    const region = (await create(newRegion('watermark'))).body
    const put = (completeUntil: string) =>
      call('PUT', `/api/v1/regions/${region.id}/complete-until`, { token, body: { completeUntil } })
    expect((await put('2024-10-01T00:00:00Z')).body.completeUntil).toBe('2024-10-01T00:00:00.000Z')
    expect((await put('2024-10-01T00:00:00Z')).status).toBe(200)
    const fallen = await put('2024-09-30T00:00:00Z')
    expect([fallen.status, fallen.body.code]).toEqual([409, 'region.watermark_falls'])
  })

  test('422 for a word about the future', async () => {
    const region = (await create(newRegion('ahead'))).body
    const completeUntil = new Date(Date.now() + 3 * 86_400_000).toISOString()
    const { status, body } = await call('PUT', `/api/v1/regions/${region.id}/complete-until`, {
      token,
      body: { completeUntil },
    })
    expect([status, body.code, body.errors[0].pointer]).toEqual([422, 'region.watermark_ahead', '/completeUntil'])
  })
})

describe('GET /regions', () => {
  test('every tier may name regions; when they last sent is the platform‘s to know', async () => {
    const region = (await create(newRegion('seen'))).body
    await sql`update region set complete_until = '2024-10-01' where id = ${region.id}`
    const { status, body } = await call('GET', `/api/v1/regions/${region.id}`, { token: distributor })
    expect([status, body.code, body.lastBatchAt]).toEqual([200, 'seen', null])
    const page = await call('GET', '/api/v1/regions?code=seen', { token: distributor })
    expect(page.body.data.map((one: { id: string }) => one.id)).toEqual([region.id])
  })

  test('pages show every region once', async () => {
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page = await call('GET', `/api/v1/regions?limit=2${cursor && `&cursor=${cursor}`}`, { token })
      seen.push(...page.body.data.map((one: { code: string }) => one.code))
      cursor = page.body.page.nextCursor
    }
    const [count] = await sql`select count(*)::int as regions from region`
    expect([new Set(seen).size, seen.length]).toEqual([count!.regions, count!.regions])
  })

  test('404 for a region that is not there, and every change is in the audit', async () => {
    const absent = await call('GET', '/api/v1/regions/01980f5e-7b1c-7c3a-9f0e-2f6d1c5b4a39', { token })
    expect(absent.status).toBe(404)
    const [row] = await sql`select count(*)::int as changes from audit where object_type = 'region'`
    const [made] = await sql`select count(*)::int as regions from region`
    expect(row!.changes).toBeGreaterThan(made!.regions)
  })
})

describe('meters of a region', () => {
  const regionId = async (code: string): Promise<string> => (await create(newRegion(code))).body.id
  const map = (id: string, body: object, by = token) =>
    call('POST', `/api/v1/regions/${id}/meters`, { token: by, body })

  test('a meter is mapped once a day: 409 for an overlap, 201 for the day after', async () => {
    await world.sku('metered')
    const id = await regionId('meters')
    const first = await map(id, {
      meter: 'cpu',
      sku: 'metered',
      factor: '0.001',
      validFrom: '2024-01-01',
      validTo: '2024-07-01',
    })
    expect([first.status, first.body.factor, first.body.sku]).toEqual([201, '0.001', 'metered'])
    const overlapping = await map(id, { meter: 'cpu', sku: 'metered', validFrom: '2024-06-30' })
    expect([overlapping.status, overlapping.body.code]).toEqual([409, 'region.meter_overlaps'])
    expect((await map(id, { meter: 'cpu', sku: 'metered', validFrom: '2024-07-01' })).status).toBe(201)
    const { body } = await call('GET', `/api/v1/regions/${id}/meters?meter=cpu`, { token })
    expect(body.data.map((one: { validFrom: string }) => one.validFrom)).toEqual(['2024-07-01', '2024-01-01'])
  })

  test('a mapping ends before a day and makes room for the next', async () => {
    await world.sku('ended')
    const id = await regionId('ending')
    const { body: meter } = await map(id, { meter: 'ram', sku: 'ended' })
    const end = (validTo: string) =>
      call('POST', `/api/v1/regions/${id}/meters/${meter.id}/end`, { token, body: { validTo } })
    expect((await end('2000-01-01')).status).toBe(422)
    expect((await end('2024-02-30')).status).toBe(422)
    expect((await end('2024-03-01')).body.validTo).toBe('2024-03-01')
    expect((await map(id, { meter: 'ram', sku: 'ended', validFrom: '2024-03-01' })).status).toBe(201)
  })

  test.each([
    ['a SKU that does not exist', { meter: 'm', sku: 'nothing' }, '/sku'],
    ['a factor of zero', { meter: 'm', sku: 'metered', factor: '0.0' }, '/factor'],
    ['a factor below zero', { meter: 'm', sku: 'metered', factor: '-1' }, '/factor'],
    ['a day that does not exist', { meter: 'm', sku: 'metered', validFrom: '2024-02-30' }, '/validFrom'],
    ['an empty range', { meter: 'm', sku: 'metered', validFrom: '2024-02-01', validTo: '2024-02-01' }, '/validTo'],
  ])('422 for %s', async (name, body, pointer) => {
    const { status, body: problem } = await map(await regionId(name), body)
    expect([status, problem.errors[0].pointer]).toEqual([422, pointer])
  })

  test('404 for a region that is not there, 403 for other tiers', async () => {
    const nowhere = '01980f5e-7b1c-7c3a-9f0e-2f6d1c5b4a39'
    expect((await map(nowhere, { meter: 'm', sku: 'metered' })).status).toBe(404)
    expect((await map(nowhere, {}, distributor)).status).toBe(403)
  })
})
