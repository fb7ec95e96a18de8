import { describe, expect, test } from 'bun:test'
import { testApi } from '../support/api.ts'
import { catalogOf, newList, perUnit, refusalOf, storedPrices } from '../support/catalog.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { buildWorld, type Member } from '../support/world.ts'

const database = await testDatabase()
const api = testApi(database)
const sql = lookInto(database)
const world = await buildWorld(api, [['reseller', null]])
const { as, made, sku, list } = catalogOf(api.call, world)
const { platform } = world
const { reseller } = world.distributors
const tenant = world.tenant('reseller/-')
const lists = '/pricing/price-lists'

const send = async (member: Member, id: string, body: string | Uint8Array, query = '', headers = {}) =>
  api.call('POST', `/api/v1${lists}/${id}/import${query}`, {
    token: await world.token(member),
    body,
    headers: { 'content-type': 'text/csv', ...headers },
  })
const draftOf = (rates: object[] = [], member = platform) => made(member, lists, newList({ state: 'draft', rates }))
const ratesOf = async (id: string) =>
  (await as(platform, 'GET', `${lists}/${id}`)).body.rates.map((one: any) => [one.sku, one.rate])

for (const code of ['cpu', 'disk', '=SUM(A1)', "'=odd", 'quo"ted, one', '-5']) await sku(code)
const graduated = {
  kind: 'graduated',
  tiers: [
    { upTo: '10', unitPrice: '1.5', flatFee: '2' },
    { upTo: null, unitPrice: '1' },
  ],
  includedQuantity: '3',
}
const all = [
  { sku: 'cpu', rate: graduated },
  { sku: 'disk', rate: { kind: 'percentage', percent: '2.9', freeEvents: 2, feePerEvent: '0.25' } },
  { sku: '=SUM(A1)', rate: perUnit('0.1') },
  { sku: "'=odd", rate: { kind: 'package', size: '100', price: '5', rounding: 'down' } },
  {
    sku: 'quo"ted, one',
    rate: { kind: 'volume', tiers: [{ upTo: null, unitPrice: '1', size: '1000' }], feeAtZero: true },
  },
  { sku: '-5', rate: { kind: 'flat', amount: '7' } },
]
const csvOf = async (id: string, member = platform) => as(member, 'GET', `${lists}/${id}/csv`)

describe('a list as a table', () => {
  test('is exported with a row for each tier, formulas disarmed, and imports unchanged as no difference', async () => {
    const { id } = await draftOf(all)
    const exported = await csvOf(id)
    expect(exported.headers.get('content-type')).toContain('text/csv')
    const text = exported.body as string
    expect(text.split('\r\n')[0]).toStartWith('sku,kind,upTo,unitPrice,percent,flatFee,')
    expect(text).toContain('\r\ncpu,graduated,10,1.5,,2,')
    expect(text).toContain('\r\ncpu,,,1,')
    expect(text).toContain("\r\n'=SUM(A1),per_unit,")
    const preview = await send(platform, id, text, '?preview=true')
    expect(preview.body).toEqual({ priceList: null, added: [], changed: [], removed: [], unchanged: 6, faults: [] })
    const before = await ratesOf(id)
    const imported = await send(platform, id, text)
    expect([imported.status, imported.body.unchanged]).toEqual([201, 6])
    expect(await ratesOf(id)).toEqual(before)
  })

  test('of a byte order mark, other line ends, quotes, another order of columns and a tier without its SKU', async () => {
    const { id } = await draftOf()
    const text = '\uFEFFunitPrice,kind,sku,upTo\n"1.5",graduated,"cpu",10\n1,,,\n\n,,,\n2,per_unit,disk,'
    const imported = await send(platform, id, text)
    expect(imported.status).toBe(201)
    expect(await ratesOf(id)).toEqual([
      [
        'cpu',
        {
          kind: 'graduated',
          tiers: [
            { upTo: '10', unitPrice: '1.5' },
            { upTo: null, unitPrice: '1' },
          ],
        },
      ],
      ['disk', perUnit('2')],
    ])
  })

  test('a preview tells by row what is added, changed and removed, and changes nothing', async () => {
    const { id } = await draftOf([
      { sku: 'cpu', rate: perUnit('1') },
      { sku: 'disk', rate: perUnit('2') },
    ])
    const before = await storedPrices(sql)
    const text = 'sku,kind,unitPrice\ncpu,per_unit,1.1\n-5,per_unit,3\n'
    const preview = await send(platform, id, text, '?preview=true')
    expect([preview.status, preview.body.added.map((one: any) => [one.line, one.sku])]).toEqual([200, [[3, '-5']]])
    expect(preview.body.changed).toMatchObject([
      { line: 2, sku: 'cpu', amounts: [{ pointer: '/unitPrice', before: '1', after: '1.1', percent: '10' }] },
    ])
    expect(preview.body.removed.map((one: any) => one.sku)).toEqual(['disk'])
    expect(await storedPrices(sql)).toEqual(before)
    await send(platform, id, text)
    expect(await ratesOf(id)).toEqual([
      ['-5', perUnit('3')],
      ['cpu', perUnit('1.1')],
    ])
  })

  test('an active list is imported into a draft of its next version, once per Idempotency-Key', async () => {
    const { id, code } = await list(platform, { cpu: '1' })
    const text = 'sku,kind,unitPrice\ncpu,per_unit,2\n'
    const refused = await send(platform, id, text)
    expect(refusalOf(refused)).toEqual({ status: 422, code: 'field.required', pointers: ['/query/validFrom'] })
    const key = { 'idempotency-key': 'import-once' }
    const [one, other] = [
      await send(platform, id, text, '?validFrom=2027-01-01', key),
      await send(platform, id, text, '?validFrom=2027-01-01', key),
    ]
    expect([one.status, other.body.priceList.id]).toEqual([201, one.body.priceList.id])
    expect(one.body.priceList).toMatchObject({ code, state: 'draft', validFrom: '2027-01-01' })
    expect(await ratesOf(id)).toEqual([['cpu', perUnit('1')]])
    const [audited] = await sql`select count(*)::int as count from audit where object_id = ${one.body.priceList.id}`
    expect(audited?.['count']).toBe(1)
  })
})

describe('a file with faults', () => {
  const faulty = [
    'sku,kind,unitPrice,upTo',
    'cpu,per_unit,"1,5",',
    'nothing,per_unit,1,',
    'disk,graduated,1,10',
    ',,1,5',
    ',,1,',
    '-5,per_unit,1,',
    'cpu,per_unit,1,',
    '=SUM(A1),per_unit,1,,extra',
  ].join('\r\n')
  const pointers = ['/2/unitPrice', '/3/sku', '/5/upTo', '/8/sku', '/9']

  test('is told every one of them by a preview, with what the rest would do', async () => {
    const { id } = await draftOf()
    const { status, body } = await send(platform, id, faulty, '?preview=true')
    expect([status, body.faults.map((one: any) => one.pointer)]).toEqual([200, pointers])
    expect(body.faults[0].message).toContain('decimals with a point')
    expect(JSON.stringify(body.faults)).not.toMatch(/nothing"|1,5|extra/)
    expect(body.added.map((one: any) => one.sku)).toEqual(['-5', '=SUM(A1)'])
  })

  test('is refused as a whole, and nothing is stored', async () => {
    const { id } = await draftOf([{ sku: 'cpu', rate: perUnit('1') }])
    const before = await storedPrices(sql)
    const answer = await send(platform, id, faulty)
    expect([answer.status, refusalOf(answer).pointers]).toEqual([422, pointers])
    expect(await storedPrices(sql)).toEqual(before)
  })

  test.each<[string, string | Uint8Array, number, string, string[]]>([
    ['semicolons', 'sku;kind;unitPrice\ncpu;per_unit;1,5', 422, 'csv.separator', ['/1']],
    ['no head', '', 422, 'csv.empty', ['']],
    ['a column that there is not', 'sku,kind,colour\n', 422, 'csv.column_unknown', ['/1/3']],
    ['a column twice and one missing', 'sku,sku\n', 422, 'csv.column_twice', ['/1/2', '/1/kind']],
    ['an open quote', 'sku,kind\n"cpu,per_unit\n', 400, 'csv.unparsable', [expect.any(String)]],
    ['another encoding', new Uint8Array([0x73, 0xe4, 0x2c]), 400, 'csv.encoding', ['']],
    [
      'a cell of 600 characters',
      `sku,kind,unitPrice\ncpu,per_unit,${'1'.repeat(600)}`,
      422,
      'csv.cell_too_long',
      expect.any(Array),
    ],
  ])('%s', async (_, body, status, code, at) => {
    const { id } = await draftOf()
    expect(refusalOf(await send(platform, id, body))).toEqual({ status, code, pointers: at })
  })

  test('415 for another type, 413 for a file that is too large', async () => {
    const { id } = await draftOf()
    const json = await send(platform, id, '[]', '', { 'content-type': 'application/json' })
    expect([json.status, json.body.code]).toEqual([415, 'csv.media_type'])
    const large = await send(platform, id, 'x'.repeat(8 * 1024 * 1024 + 1))
    expect([large.status, large.body.code]).toEqual([413, 'csv.too_large'])
  })
})

test('whose list it is decides: a buyer exports what it may read, nobody imports into another’s list', async () => {
  const shared = await list(reseller, { cpu: '9' })
  expect((await csvOf(shared.id, reseller)).status).toBe(200)
  expect((await csvOf(shared.id, platform)).status).toBe(404)
  const hidden = await draftOf([], reseller)
  const text = 'sku,kind,unitPrice\ncpu,per_unit,2\n'
  const answers = [await send(platform, hidden.id, text), await send(platform, Bun.randomUUIDv7(), text)]
  expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
    [404, 'resource.not_found'],
    [404, 'resource.not_found'],
  ])
  expect((await send(tenant, shared.id, text)).status).toBe(403)
})
