import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { billingWorld, moneyHandlers, refreshTick } from '../support/billing.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { testWorker } from '../support/worker.ts'
import { buildWorld, type Member } from '../support/world.ts'

// From each figure of a summary to the lines and documents that it consists of, for everybody who reads one.

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [
  ['reseller', 'agent'],
  [null, null],
])
const money = await billingWorld(api, sql, world)
testWorker(database, moneyHandlers, { ticks: [refreshTick] })
const { platform } = world
const { reseller } = world.distributors
const [below, direct] = [world.tenant('reseller/agent'), world.tenant('-/-')]
const agent = world.partner('reseller/agent')

await money.region('eu')
for (const sku of ['vm', 'disk']) await money.sellingSku(sku)
await money.list(platform, { vm: '0.0149', disk: '0.5' }, { validFrom: '2024-01-01' })
await money.list(reseller, { vm: '0.02', disk: '0.75' }, { validFrom: '2024-01-01' })
await money.subscription(below.id, [{ region: 'eu', externalId: 'below' }])
await money.subscription(below.id, [{ region: 'eu', externalId: 'second' }])
await money.subscription(direct.id, [{ region: 'eu', externalId: 'direct' }])
const [july, august] = ['2024-07', '2024-08']
for (const [who, vm, disk] of [
  ['below', '333', '10'],
  ['second', '71', '4'],
  ['direct', '500', '3'],
] as const) {
  await money.use(who, 'vm', vm, `${july}-10`)
  await money.use(who, 'disk', disk, `${july}-11`)
  await money.use(who, 'vm', disk, `${august}-03`)
}
await money.rated()
await money.close(july)
for (const seller of [platform, reseller]) await money.run(seller, july)
const sold = (await money.invoices(reseller, `period=${july}&side=sell`)).find(({ buyerId }) => buyerId === below.id)
const note = { invoiceId: sold.id, reason: 'a refund', lines: [{ line: 1, net: '0.40' }], issue: true }
const credited = await money.as(reseller, 'POST', '/credit-notes', { body: note })
if (credited.status !== 201) throw new Error(`crediting answered ${credited.status} ${JSON.stringify(credited.body)}`)
await money.run(platform, august, false)
await money.rated()

const follow = (member: Member, path: string): Promise<any> => money.read(member, path.replace('/api/v1', ''))
const idsOf = (rows: any[], field: string) => [...new Set(rows.map((row) => row[field]))].toSorted()
const groupings = ['subscription', 'tenant', 'partner', 'distributor', 'sku', 'month'] as const
const figures = ['unbilled', 'draft', 'billed', 'credited'] as const
const months = `period[gte]=${july}&period[lte]=${august}`

describe.each([
  ['the platform sells', platform, 'sell'],
  ['a reseller sells', reseller, 'sell'],
  ['a reseller buys', reseller, 'buy'],
  ['an agent stands between', agent, 'agency'],
  ['a tenant buys', below, 'buy'],
] as const)('what %s', (_, member, side) => {
  test.each(groupings)(
    'leads by %s from each figure to lines that add up to it, and to their documents',
    async (by) => {
      for (const query of [`period=${july}`, `period=${august}`, months]) {
        const rows = await money.summary(member, `${query}&groupBy=${by}&side=${side}`)
        expect(rows.length).toBeGreaterThan(0)
        for (const row of rows) {
          const lines: any[] = []
          for (const figure of figures) {
            const told = await follow(member, row.links[figure])
            expect([figure, told.net]).toEqual([figure, row[figure].net])
            if (figure === 'draft' || figure === 'billed') lines.push(...told.data)
            if (figure !== 'credited') continue
            const notes = (await follow(member, row.links.creditNotes)).data
            expect(idsOf(notes, 'id')).toEqual(idsOf(told.data, 'invoiceId'))
          }
          const { data } = await follow(member, row.links.invoices)
          expect(idsOf(data, 'id')).toEqual(idsOf(lines, 'invoiceId'))
        }
      }
    },
  )
})

test('the filters of a summary are those of its links', async () => {
  const [row] = await money.summary(reseller, `period=${july}&groupBy=sku&side=sell&tenantId=${below.id}&sku=disk`)
  const told = await follow(reseller, row.links.billed)
  expect([told.net, told.data.length, row.billed.net]).toEqual(['10.50', 2, '10.50'])
  const { data } = await follow(reseller, row.links.invoices)
  expect(data.map(({ id }: any) => id)).toEqual([sold.id])
  const other = await money.read(reseller, `/invoices?period=${july}&tenantId=${direct.id}`)
  expect(other.data).toEqual([])
})

test('the lines of a document are found by tenant and SKU', async () => {
  const [disk] = (await money.read(reseller, `/billing/summary?period=${july}&groupBy=sku&side=sell&sku=disk`)).data
  const lines = (await money.read(reseller, `/invoices/${sold.id}/lines?skuId=${disk.groupId}&tenantId=${below.id}`))
    .data
  expect(lines.map(({ sku, net }: any) => [sku, net]).toSorted()).toEqual([
    ['disk', '3.00'],
    ['disk', '7.50'],
  ])
  expect((await money.read(reseller, `/invoices/${sold.id}/lines?tenantId=${direct.id}`)).data).toEqual([])
})

test('what has no documents, and what is past, leads nowhere', async () => {
  for (const query of ['groupBy=region', `groupBy=tenant&asOf=${new Date(Date.now() - 1000).toISOString()}`]) {
    const rows = await money.summary(reseller, `period=${july}&side=sell&${query}`)
    for (const { links } of rows) expect(links).toBeNull()
  }
})
