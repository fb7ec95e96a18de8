import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { identityOf, recordHash, recordKey } from '../../src/modules/usage/intake/identity.ts'
import { parseInstant } from '../../src/modules/usage/intake/instant.ts'
import { readQuantity } from '../../src/modules/usage/intake/quantity.ts'
import { readRecord, type UsageRecord, windowAt } from '../../src/modules/usage/intake/record.ts'
import { newId } from '../../src/platform/ids.ts'
import { now, sentRecord } from '../support/intake.ts'

const window = windowAt(now)
const faultsOf = (sent: unknown): string[] => {
  const read = readRecord(sent, 17, window)
  return 'faults' in read ? read.faults.map(({ pointer, code }) => `${pointer} ${code}`) : []
}
const accepted = (sent: unknown): UsageRecord => {
  const read = readRecord(sent, 17, window)
  if ('faults' in read) throw new Error(`refused: ${JSON.stringify(read.faults)}`)
  return read
}
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe('a quantity', () => {
  test.each([
    ['1.5', '1.5'],
    ['1.50', '1.5'],
    ['007', '7'],
    ['-0', '0'],
    ['-0.000', '0'],
    ['-12.340', '-12.34'],
    ['2.000000000000000', '2'],
    ['0.123456789012000', '0.123456789012'],
    [`${'9'.repeat(26)}.999999999999`, `${'9'.repeat(26)}.999999999999`],
    [`${'0'.repeat(500)}1`, '1'],
  ])('%p has the normal form %p', (sent, text) => expect(readQuantity(sent)).toEqual({ text }))

  test.each([
    [1.5, 'quantity.not_text'],
    [Number.NaN, 'quantity.not_text'],
    [null, 'quantity.not_text'],
    [['1'], 'quantity.not_text'],
    ['', 'quantity.malformed'],
    ['NaN', 'quantity.malformed'],
    ['Infinity', 'quantity.malformed'],
    ['1e5', 'quantity.malformed'],
    ['+1', 'quantity.malformed'],
    ['1.', 'quantity.malformed'],
    ['.5', 'quantity.malformed'],
    ['0x10', 'quantity.malformed'],
    ['1,5', 'quantity.malformed'],
    [' 1', 'quantity.malformed'],
    ['1\n', 'quantity.malformed'],
    ['١', 'quantity.malformed'],
    [`1${'0'.repeat(26)}`, 'quantity.too_large'],
    ['7'.repeat(400), 'quantity.too_large'],
    ['0.1234567890123', 'quantity.too_precise'],
  ])('%p is refused with %p', (sent, code) => expect(readQuantity(sent)).toEqual({ code } as never))

  test('in its normal form reads as itself', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 37n), 10n ** 37n), fc.nat(12), (units, scale) => {
        const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
        const sent = `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}0`
        const read = readQuantity(sent)
        if ('text' in read) expect(readQuantity(read.text)).toEqual(read)
        else expect(read.code).toBe('quantity.too_large')
      }),
    )
  })
})

describe('an instant', () => {
  test.each([
    ['2024-09-01T00:00:00Z', '2024-09-01T00:00:00Z'],
    ['2024-09-01t00:00:00z', '2024-09-01T00:00:00Z'],
    ['2024-01-01T01:00:00+01:00', '2024-01-01T00:00:00Z'],
    ['2023-12-31T18:30:00-05:30', '2024-01-01T00:00:00Z'],
    ['2024-02-29T12:00:00-00:00', '2024-02-29T12:00:00Z'],
    ['2024-09-01T00:00:00.500Z', '2024-09-01T00:00:00.5Z'],
    ['2024-09-01T00:00:00.000000Z', '2024-09-01T00:00:00Z'],
    ['2024-09-01T00:00:00.123456999Z', '2024-09-01T00:00:00.123456Z'],
    ['2024-09-01T00:00:00.000001+02:00', '2024-08-31T22:00:00.000001Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00Z'],
  ])('%p is %p in UTC', (sent, text) => expect(parseInstant(sent)?.text).toBe(text))

  test.each([
    '2024-09-01',
    '2024-09-01T00:00:00',
    '2024-09-01 00:00:00Z',
    '2024-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-09-00T00:00:00Z',
    '2024-09-01T24:00:00Z',
    '2024-09-01T00:60:00Z',
    '2016-12-31T23:59:60Z',
    '2024-09-01T00:00:00+24:00',
    '2024-09-01T00:00:00+0100',
    '2024-09-01T00:00:00.Z',
    '+12024-09-01T00:00:00Z',
    'now',
    '',
  ])('%p is none', (sent) => expect(parseInstant(sent)).toBeUndefined())

  test('agrees with the platform for every instant and offset, and its text reads as itself', () => {
    const instants = fc.date({
      min: new Date('0001-01-02T00:00:00Z'),
      max: new Date('9999-12-30T00:00:00Z'),
      noInvalidDate: true,
    })
    fc.assert(
      fc.property(instants, fc.integer({ min: -1439, max: 1439 }), (date, offsetMinutes) => {
        const local = new Date(date.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1)
        const two = (value: number): string => String(value).padStart(2, '0')
        const offset = Math.abs(offsetMinutes)
        const zone = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}:${two(offset % 60)}`
        const read = parseInstant(`${local}${zone}`)
        expect(read?.epochMicroseconds).toBe(date.getTime() * 1000)
        expect(parseInstant(read?.text ?? '')).toEqual(read as never)
      }),
    )
  })
})

describe('a record', () => {
  test('is taken in its normal form, and what was not sent is null', () => {
    expect(accepted(sentRecord({ start: '2024-09-01T02:00:00+02:00', quantity: '1.50' }))).toEqual({
      index: 17,
      id: 'r-1',
      subscription: 'sub-1',
      meter: 'cpu.hours',
      sku: null,
      start: '2024-09-01T00:00:00Z',
      end: '2024-09-01T01:00:00Z',
      quantity: '1.5',
      unit: null,
      resource: null,
      dimensions: {},
    })
  })

  test.each([
    ['no object', 7, '/17 record.not_object'],
    ['null', null, '/17 record.not_object'],
    ['an array', [], '/17 record.not_object'],
    ['an unknown field', sentRecord({ foo: 1 }), '/17/foo field.unknown'],
    ['a field to escape', sentRecord({ 'a/b~c': 1 }), '/17/a~1b~0c field.unknown'],
    ['a field name with NUL', sentRecord({ 'a\0': 1 }), '/17 field.unknown'],
    ['a field name without end', sentRecord({ ['a'.repeat(129)]: 1 }), '/17 field.unknown'],
    ['a prototype', JSON.parse('{"__proto__":{"id":"x"}}'), '/17/__proto__ field.unknown'],
    ['no id', sentRecord({ id: undefined }), '/17/id field.missing'],
    ['an empty id', sentRecord({ id: '' }), '/17/id text.empty'],
    ['a long id', sentRecord({ id: 'x'.repeat(201) }), '/17/id text.too_long'],
    ['a numeric id', sentRecord({ id: 7 }), '/17/id field.not_text'],
    ['a null unit', sentRecord({ unit: null }), '/17/unit field.not_text'],
    ['a NUL', sentRecord({ subscription: 'a\0b' }), '/17/subscription text.nul'],
    ['a lone surrogate', sentRecord({ resource: 'a\ud800' }), '/17/resource text.not_unicode'],
    ['neither meter nor SKU', sentRecord({ meter: undefined }), '/17/sku record.no_meter_or_sku'],
    ['meter and SKU', sentRecord({ sku: 's' }), '/17/sku record.meter_and_sku'],
    ['a date without zone', sentRecord({ start: '2024-09-01T00:00:00' }), '/17/start instant.malformed'],
    ['the year 0001', sentRecord({ start: '0001-01-01T00:00:00Z' }), '/17/start instant.too_early'],
    ['the last century', sentRecord({ start: '1999-12-31T23:59:59.999999Z' }), '/17/start instant.too_early'],
    ['a later day', sentRecord({ end: '2024-10-03T00:00:00.000001Z' }), '/17/end instant.too_late'],
    ['a reversed interval', sentRecord({ end: '2024-08-31T23:59:59Z' }), '/17/end interval.reversed'],
    ['years at once', sentRecord({ start: '2022-09-01T00:00:00Z' }), '/17/end interval.too_long'],
    ['a number', sentRecord({ quantity: 1.5 }), '/17/quantity quantity.not_text'],
    ['no quantity', sentRecord({ quantity: undefined }), '/17/quantity field.missing'],
    ['dimensions as array', sentRecord({ dimensions: ['a'] }), '/17/dimensions dimensions.not_object'],
    ['a nested dimension', sentRecord({ dimensions: { a: { b: 'c' } } }), '/17/dimensions/a field.not_text'],
    ['a long dimension', sentRecord({ dimensions: { a: 'x'.repeat(1025) } }), '/17/dimensions/a text.too_long'],
    ['a nameless dimension', sentRecord({ dimensions: { '': 'x' } }), '/17/dimensions text.empty'],
    ['a NUL in a dimension', sentRecord({ dimensions: { a: '\0' } }), '/17/dimensions/a text.nul'],
  ])('with %s is refused at the place', (_, sent, found) => expect(faultsOf(sent)).toContain(found))

  test('says all its faults at once, without what was sent', () => {
    const sent = sentRecord({ id: 'secret\0', quantity: 'secret', start: 'secret', dimensions: { k: '\0secret' } })
    expect(faultsOf(sent)).toEqual([
      '/17/id text.nul',
      '/17/start instant.malformed',
      '/17/quantity quantity.malformed',
      '/17/dimensions/k text.nul',
    ])
    expect(JSON.stringify(readRecord(sent, 17, window))).not.toContain('secret')
  })

  test('names its faults up to a number that somebody reads', () => {
    const sent = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`f${at}`, 1]))
    expect(faultsOf(sent)).toHaveLength(50)
  })

  test('takes the limits themselves', () => {
    const dimensions = Object.fromEntries(
      Array.from({ length: 32 }, (_, at) => [String(at).padStart(128, 'k'), 'v'.repeat(1024)]),
    )
    const edge = { id: 'i'.repeat(200), resource: 'r'.repeat(1024), dimensions }
    expect(accepted(sentRecord(edge))).toMatchObject(edge)
    expect(accepted(sentRecord({ start: '2000-01-01T00:00:00Z', end: '2000-01-01T00:00:00Z' })).end).toBe(
      '2000-01-01T00:00:00Z',
    )
    expect(accepted(sentRecord({ end: '2024-10-03T00:00:00Z' })).end).toBe('2024-10-03T00:00:00Z')
  })

  test('keeps a dimension named __proto__ as a dimension and touches no prototype', () => {
    const { dimensions } = accepted(sentRecord({ dimensions: JSON.parse('{"__proto__":"x"}') }))
    expect(Object.entries(dimensions)).toEqual([['__proto__', 'x']])
    expect(Object.getPrototypeOf(dimensions)).toBe(Object.prototype)
  })
})

describe('the identity of a record', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 8 })

  test('two records have one key only if source and id are the same', () => {
    expect(recordKey('a', 'bc')).not.toBe(recordKey('ab', 'c'))
    expect(recordKey('1:a', '')).not.toBe(recordKey('', '1:a'))
    expect(recordKey('eu', 'r-1')).toBe('b7d4ad81-3459-5e04-adb1-fc3e1cf93512')
    fc.assert(
      fc.property(name, name, name, name, (source, id, otherSource, otherId) => {
        const same = source === otherSource && id === otherId
        expect(recordKey(source, id) === recordKey(otherSource, otherId)).toBe(same)
        expect(recordKey(source, id)).toMatch(uuid)
      }),
    )
    fc.assert(
      fc.property(name, fc.nat(8), (text, cut) => {
        const [one, other] = [text.slice(0, cut), text.slice(cut)]
        const shifted = recordKey(`${one}${other.slice(0, 1)}`, other.slice(1))
        expect(recordKey(one, other) === shifted).toBe(other === '')
      }),
    )
  })

  test('content has one hash in any notation', () => {
    const plain = recordHash(accepted(sentRecord({ dimensions: { a: '1', b: '2', 10: 'x', 9: 'y' } })))
    const dressed = sentRecord({
      quantity: '01.500',
      start: '2024-09-01T01:00:00.000+01:00',
      dimensions: { b: '2', 9: 'y', a: '1', 10: 'x' },
    })
    expect(recordHash({ ...accepted(dressed), index: 3, id: 'other' })).toBe(plain)
  })

  test('where a record is an hour or a total, time and resource are who it is, and its id is not', () => {
    const of = (semantics: 'hour' | 'total', change: Record<string, unknown>) =>
      identityOf('eu', semantics, { ...accepted(sentRecord(change)), id: newId() })
    const hour = of('hour', { start: '2024-09-01T00:59:59.9Z' })
    expect(of('hour', { start: '2024-09-01T00:00:00Z', end: '2024-09-01T02:00:00Z' })).toEqual(hour)
    expect(of('hour', { start: '2024-09-01T00:59:59.9Z', quantity: '7' })).toMatchObject({ key: hour.key })
    expect(of('hour', { start: '2024-09-01T01:00:00Z' }).key).not.toBe(hour.key)
    expect(of('total', {})).toEqual(of('total', {}))
    for (const change of [{ end: '2024-09-01T01:00:01Z' }, { resource: 'other' }, { dimensions: { a: '2' } }])
      expect(of('total', change).key).not.toBe(of('total', {}).key)
    expect(of('total', { quantity: '-1' }).key).not.toBe(of('total', { quantity: '-1' }).key)
  })

  test.each([
    { subscription: 'sub-2' },
    { meter: undefined, sku: 'cpu.hours' },
    { start: '2024-09-01T00:00:00.000001Z' },
    { end: '2024-09-01T01:00:01Z' },
    { quantity: '-1.5' },
    { unit: 'hour' },
    { resource: 'hour' },
    { dimensions: { a: '' } },
    { dimensions: { a: '1', b: '2' } },
    { dimensions: { a: '1b', b: '2' } },
  ])('content with %p has another hash than without', (change) => {
    expect(recordHash(accepted(sentRecord(change)))).not.toBe(recordHash(accepted(sentRecord())))
  })
})
