import { expect, test } from 'bun:test'
import { checkIdentities } from '../../src/modules/verify/usage/identities.ts'
import type { Tx } from '../../src/platform/db.ts'
import { newId } from '../../src/platform/ids.ts'
import { usageHandlers } from '../../workers/usage.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { first } from '../support/harms.ts'
import { usageRecord, usageWorld } from '../support/usage.ts'
import { outcomesOf } from '../support/verify.ts'
import { testWorker } from '../support/worker.ts'

const database = await testDatabase()
const sql = lookInto(database)
const api = testApi(database)
const usage = await usageWorld(api, sql)
const worker = testWorker(database, usageHandlers)

/** Records known by their ids, by their hour and by their interval; by their SKU and by meters; with and without a factor. */
async function fill(): Promise<void> {
  await usage.sku('vm.hours')
  await usage.sku('disk', { aggregation: 'weighted', unit: 'GB' })
  await usage.sku('users', { aggregation: 'unique', unit: 'user', uniqueBy: 'resource' })
  await usage.sku('peak', { aggregation: 'max', unit: 'GB' })
  const tenant = await usage.tenant()
  const kinds = ['event', 'hour', 'total']
  for (const kind of kinds) {
    const { id } = await usage.region(kind, { recordSemantics: kind })
    for (const [meter, sku, factor] of [
      ['cpu', 'vm.hours', '1'],
      ['ram', 'peak', '0.5'],
    ]) {
      const made = await api.call('POST', `/api/v1/regions/${id}/meters`, {
        token: usage.token,
        body: { meter, sku, factor, validFrom: '2024-01-01' },
      })
      if (made.status !== 201) throw new Error(`POST meters answered ${made.status} ${JSON.stringify(made.body)}`)
    }
  }
  const id = await usage.subscription(
    tenant.id,
    kinds.map((region) => ({ region, externalId: 'sub-1' })),
  )
  for (const kind of kinds) {
    const receipt = await usage.settle(kind, records(id))
    if (receipt.accepted !== records(id).length) throw new Error(`not accepted: ${JSON.stringify(receipt)}`)
    await usage.settle(kind, [usageRecord('held', { subscription: 'nobody', dimensions: { zone: 'b', area: 'a' } })])
  }
}

const records = (subscriptionId: string) => [
  usageRecord('by-sku', { start: '2024-09-10T10:30:00.5Z', dimensions: { b: '1', ä: '😀', a: '' } }),
  usageRecord('by-our-id', { subscription: subscriptionId, resource: 'vm-2', unit: 'hour' }),
  usageRecord('by-meter', { sku: undefined, meter: 'cpu', quantity: '0.000000000001' }),
  usageRecord('by-factor', { sku: undefined, meter: 'ram', quantity: '7', unit: 'MiB' }),
  usageRecord('taken-back', { quantity: '-3' }),
  usageRecord('level', { sku: 'disk', start: '2024-09-30T22:00:00Z', end: '2024-10-02T03:00:00Z' }),
  usageRecord('person 😀', { sku: 'users', resource: 'ann' }),
]

await fill()
await worker.stop()

const looking = async (harm?: (tx: Tx) => Promise<string[]>) => {
  const { expected, outcomes } = await outcomesOf(database, [checkIdentities], harm)
  const [outcome] = outcomes
  const rows = (found: typeof outcome extends undefined ? never : 'broken' | 'pending') =>
    outcome?.[found].first.map(({ row }) => row).toSorted()
  return { expected: expected.toSorted(), looked: outcome?.looked, broken: rows('broken'), pending: rows('pending') }
}

const nameOf = (event: { [column: string]: unknown }): string =>
  `usage event ${String(event['key'])} of tenant ${String(event['tenant_id'])}`

/** An event of a region, without its semantics of quantities. */
const eventIn = (tx: Tx, region: string, recordId: string) =>
  first(tx`
    select tenant_id, key from usage_event join region on region.id = region_id
    where region.code = ${region} and record_id = ${recordId}`)

const rekey = (region: string, recordId: string) => async (tx: Tx) => {
  const event = await eventIn(tx, region, recordId)
  const key = newId()
  await tx`update usage_key set key = ${key} where key = ${event['key']}`
  await tx`update usage_event set key = ${key} where key = ${event['key']}`
  return [nameOf({ ...event, key })]
}

test('every record is known by its id, its hour or its interval, and says what was hashed', async () => {
  const { looked, broken, pending } = await looking()
  expect({ looked, broken, pending }).toEqual({
    looked: [
      [3 * 7, 'records'],
      [3, 'records that waited'],
    ],
    broken: [],
    pending: [],
  })
})

const harms: Record<string, (tx: Tx) => Promise<string[]>> = {
  'the key of an event': rekey('event', 'by-sku'),
  'the key of an hour': rekey('hour', 'by-meter'),
  'the key of an interval': rekey('total', 'level'),
  'the key of what was taken back': rekey('hour', 'taken-back'),
  'another resource': async (tx) => {
    const event = await eventIn(tx, 'hour', 'person 😀')
    await tx`update usage_event set resource = 'bob' where key = ${event['key']}`
    return [nameOf(event)]
  },
  'another quantity than was sent': async (tx) => {
    const event = await eventIn(tx, 'total', 'by-our-id')
    await tx`update usage_event set quantity = quantity * 2 where key = ${event['key']}`
    return [nameOf(event)]
  },
  'another hour': async (tx) => {
    const event = await eventIn(tx, 'hour', 'by-sku')
    await tx`update usage_event set start_at = start_at - interval '1 hour' where key = ${event['key']}`
    return [nameOf(event)]
  },
  'a hash': async (tx) => {
    const event = await eventIn(tx, 'event', 'level')
    await tx`update usage_key set hash = ${newId()} where key = ${event['key']}`
    return [nameOf(event)]
  },
  'what waits in quarantine': async (tx) => {
    const held = await first(tx`
      update usage_quarantine set record = record || '{"quantity":"9"}' where id = (
        select min(id::text)::uuid from usage_quarantine) returning id`)
    return [`quarantined record ${held['id']}`]
  },
}

test.each(Object.keys(harms))('names %s that was changed, and nothing else', async (harm) => {
  const { expected, broken, pending } = await looking(harms[harm])
  expect({ broken, pending }).toEqual({ broken: expected, pending: [] })
})

test('what came under a name that is no longer registered can not be known again, and is not broken', async () => {
  const { expected, broken, pending } = await looking(async (tx) => {
    await tx`delete from subscription_alias`
    await tx`update subscription set updated_at = clock_timestamp() + interval '1 hour'`
    return []
  })
  expect({ expected, broken }).toEqual({ expected: [], broken: [] })
  expect(pending).not.toEqual([])
})
