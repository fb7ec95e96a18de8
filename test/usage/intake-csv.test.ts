import { describe, expect, test } from 'bun:test'
import { faultsOf, parse, refusal, sentRecord } from '../support/intake.ts'

const ownHeader = 'id,subscription,meter,start,end,quantity'
const ownRow = 'r-1,sub-1,cpu.hours,2024-09-01T00:00:00Z,2024-09-01T01:00:00Z,1.5'
const csv = (...lines: string[]) => parse(lines.join('\n'), 'text/csv')

describe('a CSV file of our own columns', () => {
  test('holds the same records as JSON', async () => {
    const fields = { unit: 'hour', resource: 'a "b",\nc', dimensions: { zone: 'a', 'x.y': 'é' } }
    const header = `\ufeff${ownHeader},unit,resource,dimensions.zone,dimensions.x.y`
    const batch = await parse(
      `${header}\r\n${ownRow},hour,"a ""b"",\nc",a,é\r\n\r\n${ownRow},,,,\r\n`,
      'text/csv; charset=utf-8',
    )
    const json = await parse(JSON.stringify([sentRecord(fields), sentRecord()]))
    expect(batch).toEqual({ ...json, format: 'csv' })
    expect(json.rejected).toEqual([])
  })

  test('may name SKUs instead of meters, or both columns with one filled', async () => {
    const batch = await csv(
      'id,subscription,meter,sku,start,end,quantity',
      'r-1,sub-1,,s,2024-09-01T00:00:00Z,2024-09-01T01:00:00Z,1',
      'r-2,sub-1,m,,2024-09-01T00:00:00Z,2024-09-01T01:00:00Z,1',
      'r-3,sub-1,m,s,2024-09-01T00:00:00Z,2024-09-01T01:00:00Z,1',
    )
    expect(batch.records.map(({ meter, sku }) => [meter, sku])).toEqual([
      [null, 's'],
      ['m', null],
    ])
    expect(faultsOf(batch)).toEqual(['/2/sku record.meter_and_sku'])
  })

  test('keeps its sound rows when others are ragged or faulty', async () => {
    const batch = await csv(ownHeader, 'r-1,sub-1', `${ownRow},extra`, ownRow, ownRow.replace('1.5', '1e5'), '\0,,,,,')
    expect(batch.records.map((record) => record.index)).toEqual([2])
    expect(batch.sent).toBe(5)
    expect(faultsOf(batch).slice(0, 4)).toEqual([
      '/0 csv.ragged',
      '/1 csv.ragged',
      '/3/quantity quantity.malformed',
      '/4/sku record.no_meter_or_sku',
    ])
    expect(faultsOf(batch)).toContain('/4/id text.nul')
  })

  test.each([
    ['an unknown column', `${ownHeader},colour`, ['/header/colour']],
    ['a column without a name', `${ownHeader},`, ['/header/6']],
    ['a dimension without a name', `${ownHeader},dimensions.`, ['/header/dimensions.']],
    ['a column to escape', `${ownHeader},a/b`, ['/header/a~1b']],
    ['a column twice', `${ownHeader},id`, ['/header/id']],
    ['no quantity', 'id,subscription,meter,start,end', ['/header/quantity']],
    ['neither meter nor SKU', 'id,subscription,start,end,quantity', ['/header/meter']],
    ['a header in capitals', ownHeader.toUpperCase(), ['/header/id', '/header/subscription']],
  ])('with %s is a 422 that names it', async (_, header, pointers) => {
    const refused = await refusal(csv(header, ownRow))
    expect(refused).toMatchObject({ kind: 'invalid', code: 'csv.columns' })
    expect(refused.pointers).toEqual(expect.arrayContaining(pointers))
  })

  test.each([
    ['a quote that is never closed', [ownHeader, ownRow, 'r-2,"secret'], 'usage.unparsable', 'line '],
    ['a quote inside a cell', [ownHeader, 'r-2,a"secret"b,,,,'], 'usage.unparsable', 'line 2'],
  ])('with %s is a 400 with its line', async (_, lines, code, where) => {
    const refused = await refusal(csv(...lines))
    expect(refused).toMatchObject({ kind: 'unparsable', code })
    expect(refused.text).toContain(where)
    expect(refused.text).not.toContain('secret')
  })

  test('with a row or a header without end is a 413', async () => {
    const row = ownRow.replace('r-1', 'x'.repeat(300_000))
    expect(await refusal(csv(ownHeader, row))).toMatchObject({ kind: 'too_large', code: 'usage.row_too_long' })
    const header = Array.from({ length: 301 }, (_, at) => `dimensions.d${at}`).join(',')
    expect(await refusal(csv(header))).toMatchObject({ kind: 'too_large', code: 'usage.too_many_columns' })
  })
})

type Row = Readonly<Record<string, string>>
const row: Row = {
  SubAccountId: 'account-1',
  SkuId: 'sku',
  SkuPriceId: 'sku.price',
  ResourceId: 'vm-1',
  ChargeCategory: 'Usage',
  ChargeClass: 'NULL',
  ChargeDescription: 'virtual machine',
  ChargePeriodStart: '2024-09-01 00:00:00',
  ChargePeriodEnd: '2024-09-01 01:00:00',
  BillingPeriodStart: '2024-09-01 00:00:00',
  PricingQuantity: '2.00000000000',
  PricingUnit: 'Hours',
  ConsumedQuantity: '2.000000000000000',
  ConsumedUnit: 'h',
  ListUnitPrice: '0.25',
  ListCost: '0.5000000000',
  RegionId: 'eu-1',
  Tags: 'NULL',
}
const quoted = (cell: string): string => `"${cell.replaceAll('"', '""')}"`
const focus = (...rows: Row[]) =>
  csv(Object.keys(rows[0]!).join(','), ...rows.map((each) => Object.values(each).map(quoted).join(',')))
const without = (...columns: string[]): Row =>
  Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)))
const focusId = async (change: Row): Promise<string | undefined> =>
  (await focus({ ...row, ...change })).records.map((record) => record.id)[0]

describe('a FOCUS file', () => {
  test('is known by its columns, whatever a provider adds', async () => {
    const batch = await focus({ ...row, x_Discount: '1', ChargeFrequency: 'Usage-Based' })
    expect(batch).toMatchObject({ format: 'focus', sent: 1, rejected: [] })
    expect(batch.records).toEqual([
      {
        index: 0,
        id: expect.stringMatching(/^focus-[0-9a-f-]{36}$/) as never,
        subscription: 'account-1',
        meter: null,
        sku: 'sku.price',
        start: '2024-09-01T00:00:00Z',
        end: '2024-09-01T01:00:00Z',
        quantity: '2',
        unit: 'Hours',
        resource: 'vm-1',
        dimensions: {
          'focus.quantity': 'PricingQuantity',
          'focus.quantityReason': 'list_cost_matches',
          'focus.regionId': 'eu-1',
        },
      },
    ])
  })

  test.each([
    [{}, 'PricingQuantity', 'list_cost_matches', '2', 'Hours'],
    [{ PricingQuantity: '0.000002' }, 'ConsumedQuantity', 'only_this_matches_list_cost', '2', 'h'],
    [{ PricingQuantity: 'NULL' }, 'ConsumedQuantity', 'only_this_matches_list_cost', '2', 'h'],
    [{ ListCost: '0.50000000005' }, 'PricingQuantity', 'list_cost_matches', '2', 'Hours'],
    [{ ListCost: '0.500000000051' }, 'PricingQuantity', 'list_cost_matches_neither', '2', 'Hours'],
    [{ PricingQuantity: '3', ConsumedQuantity: '4' }, 'PricingQuantity', 'list_cost_matches_neither', '3', 'Hours'],
    [{ PricingQuantity: '3', ListUnitPrice: 'NULL' }, 'PricingQuantity', 'list_cost_unknown', '3', 'Hours'],
    [{ PricingQuantity: '3', ListCost: '' }, 'PricingQuantity', 'list_cost_unknown', '3', 'Hours'],
    [{ PricingQuantity: '-2', ListCost: '-0.5' }, 'PricingQuantity', 'list_cost_matches', '-2', 'Hours'],
    [{ PricingQuantity: '2.0E-3', ListCost: '5e-4' }, 'PricingQuantity', 'list_cost_matches', '0.002', 'Hours'],
    [
      { PricingQuantity: '7', ConsumedQuantity: '9', ListUnitPrice: '0', ListCost: '0' },
      'PricingQuantity',
      'list_cost_matches',
      '7',
      'Hours',
    ],
  ])('%j is priced on %s, because %s', async (change, column, reason, quantity, unit) => {
    const { records } = await focus({ ...row, ...(change as Row) })
    expect(records).toMatchObject([
      { quantity, unit, dimensions: { 'focus.quantity': column, 'focus.quantityReason': reason } },
    ])
  })

  test.each([
    ['2024-09-18 23:00:00', '2024-09-18T23:00:00Z'],
    ['2024-09-18 23:00:00.250', '2024-09-18T23:00:00.25Z'],
    ['2024-09-18 23:00:00 UTC', '2024-09-18T23:00:00Z'],
    ['2024-09-18T23:00:00', '2024-09-18T23:00:00Z'],
    ['2024-09-18T23:00Z', '2024-09-18T23:00:00Z'],
    ['2024-09-19T01:00:00+02:00', '2024-09-18T23:00:00Z'],
  ])('the date %p is %p', async (date, start) => {
    const { records } = await focus({ ...row, ChargePeriodStart: date, ChargePeriodEnd: '2024-09-19 00:00:00' })
    expect(records).toMatchObject([{ start }])
  })

  test('takes the SKU where there is no SKU price, by NULL, by nothing or by a column that is not there', async () => {
    for (const SkuPriceId of ['NULL', ''])
      expect((await focus({ ...row, SkuPriceId })).records).toMatchObject([{ sku: 'sku' }])
    expect((await focus(without('SkuPriceId', 'Tags', 'RegionId'))).records).toMatchObject([{ sku: 'sku' }])
  })

  test.each([
    [{ ChargeCategory: 'Credit' }, ['/0/ChargeCategory focus.not_usage']],
    [{ ChargeCategory: 'Tax', PricingQuantity: 'NULL' }, ['/0/ChargeCategory focus.not_usage']],
    [{ ChargeCategory: 'NULL' }, ['/0/ChargeCategory field.missing']],
    [{ SubAccountId: 'NULL' }, ['/0/SubAccountId field.missing']],
    [{ SkuId: '', SkuPriceId: 'NULL' }, ['/0/SkuPriceId record.no_meter_or_sku']],
    [{ ChargePeriodStart: '1.9.2024' }, ['/0/ChargePeriodStart instant.malformed']],
    [{ ChargePeriodEnd: '2024-08-01 00:00:00' }, ['/0/ChargePeriodEnd interval.reversed']],
    [{ PricingQuantity: 'NULL', ConsumedQuantity: '9' }, ['/0/PricingQuantity field.missing']],
    [{ PricingQuantity: 'two', ListCost: '' }, ['/0/PricingQuantity quantity.malformed']],
    [{ PricingQuantity: '1E30', ListCost: '' }, ['/0/PricingQuantity quantity.too_large']],
    [
      { PricingQuantity: '', ConsumedQuantity: '0.0000000000001', ListCost: '0' },
      ['/0/ConsumedQuantity quantity.too_precise'],
    ],
    [{ ResourceId: 'r'.repeat(1025), Tags: '[]' }, ['/0/ResourceId text.too_long', '/0/Tags focus.tags_not_json']],
    [{ RegionId: 'r'.repeat(1025) }, ['/0/RegionId text.too_long']],
    [{ Tags: 'team=a' }, ['/0/Tags focus.tags_not_json']],
    [{ Tags: '{"a":"\\u0000"}' }, ['/0/Tags text.nul']],
  ])('%j is refused at its column', async (change, faults) => {
    const batch = await focus({ ...row, ...(change as Row) })
    expect(faultsOf(batch)).toEqual(faults)
    expect(batch).toMatchObject({ sent: 1, records: [] })
  })

  test('tags become dimensions, as many as fit in the order of their keys, and the rest is counted', async () => {
    const simple = await focus({
      ...row,
      Tags: '{"team":"a","solo":true,"size":7,"none":null,"focus.quantity":"mine"}',
    })
    expect(simple.records[0]?.dimensions).toMatchObject({
      'tag.team': 'a',
      'tag.solo': 'true',
      'tag.size': '7',
      'tag.none': '',
      'tag.focus.quantity': 'mine',
      'focus.quantity': 'PricingQuantity',
    })
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`t${String(at).padStart(2, '0')}`, 'v']))
    const odd = { a: { nested: 1 }, b: 'x'.repeat(1025), ['c'.repeat(128)]: 'v' }
    const full = await focus({ ...row, Tags: JSON.stringify({ ...odd, ...many }) })
    const { dimensions = {} } = full.records[0] ?? {}
    expect(dimensions['focus.tagsDropped']).toBe('15')
    expect(Object.keys(dimensions)).toHaveLength(32)
    expect(dimensions['tag.t27']).toBe('v')
    expect(dimensions['tag.t28']).toBeUndefined()
  })

  test.each([
    ['no start', without('ChargePeriodEnd'), ['/header/ChargePeriodEnd']],
    ['no quantity', without('PricingQuantity'), ['/header/PricingQuantity']],
    ['no SKU', without('SkuId', 'SkuPriceId'), ['/header/SkuPriceId']],
  ])('with %s column is a 422', async (_, columns, pointers) => {
    expect(await refusal(focus(columns))).toMatchObject({ kind: 'invalid', code: 'csv.columns', pointers })
  })
})

describe('the id of a FOCUS row', () => {
  test('is the one it has', async () => {
    expect(await focusId({ Id: '11472' })).toBe('11472')
    expect(await focusId({ Id: 'NULL' })).toBe(await focusId({}))
  })

  test('is else made of what it charges: a restated row keeps it, in any form of its dates', async () => {
    const id = await focusId({})
    expect(await focusId({ PricingQuantity: '9', ListCost: '7', Tags: '{"a":"b"}', PricingUnit: 'x' })).toBe(id)
    expect(await focusId({ ChargePeriodStart: '2024-09-01T00:00:00Z' })).toBe(id)
  })

  test.each([
    { SubAccountId: 'account-2' },
    { SkuPriceId: 'sku.other' },
    { ResourceId: 'NULL' },
    { ChargePeriodStart: '2024-08-31 23:00:00' },
    { ChargePeriodEnd: '2024-09-01 02:00:00' },
    { ChargeDescription: 'other' },
  ])('differs with %j', async (change) => expect(await focusId(change as Row)).not.toBe(await focusId({})))

  test('of a correction is its own, one for each billing period that corrects', async () => {
    const ids = [
      await focusId({}),
      await focusId({ ChargeClass: 'Correction' }),
      await focusId({ ChargeClass: 'Correction', BillingPeriodStart: '2024-10-01 00:00:00' }),
    ]
    expect(new Set(ids).size).toBe(3)
    expect(await focusId({ BillingPeriodStart: '2024-10-01 00:00:00' })).toBe(ids[0])
  })
})
