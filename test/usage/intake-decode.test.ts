import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { maxBodyBytes, maxRecords } from '../../src/modules/usage/intake/limits.ts'
import { DomainError } from '../../src/platform/errors.ts'
import { faultsOf, parse, refusal, sentRecord } from '../support/intake.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const zstd = (text: string): Uint8Array => Bun.zstdCompressSync(text)
const one = JSON.stringify([sentRecord()])
const lines = [sentRecord(), sentRecord({ id: 'r-2' })].map((record) => JSON.stringify(record)).join('\n')

/** Packed zeros: `megabytes` of them are a thousandth as long on the wire. */
const bomb = (megabytes: number): Uint8Array => {
  const packer = new Bun.ArrayBufferSink()
  const member = gzipSync(new Uint8Array(16 * 1024 * 1024))
  for (let done = 0; done < megabytes; done += 16) packer.write(member)
  return packer.end() as Uint8Array
}

describe('the type of a body', () => {
  test.each([
    ['application/json', one, 'json', 1],
    ['Application/JSON; charset=UTF-8', ` \r\n\t${one}\n`, 'json', 1],
    ['application/json', `\ufeff${one}`, 'json', 1],
    ['application/x-ndjson', lines, 'ndjson', 2],
    ['application/ndjson', `${lines}\n`, 'ndjson', 2],
    ['application/jsonl; charset="utf-8"', `\n${lines.replace('\n', '\r\n \r\n')}\r\n`, 'ndjson', 2],
  ])('%p is read', async (type, body, format, sent) => {
    expect(await parse(body, type)).toMatchObject({ format, sent, rejected: [] })
  })

  test.each([
    [null, one, 'usage.media_type'],
    ['', one, 'usage.media_type'],
    ['text/plain', one, 'usage.media_type'],
    ['application/json+x', one, 'usage.media_type'],
    ['application/json; charset=latin1', one, 'usage.charset'],
    ['application/json', lines, 'usage.type_mismatch'],
    ['application/json', 'id,subscription,quantity\na,b,1', 'usage.type_mismatch'],
    ['application/json', '"BilledCost","ChargePeriodStart"\n1,2', 'usage.type_mismatch'],
    ['application/x-ndjson', one, 'usage.type_mismatch'],
    ['application/x-ndjson', JSON.stringify([sentRecord()], null, 2), 'usage.type_mismatch'],
    ['application/x-ndjson', 'id,subscription,quantity\na,b,1', 'usage.type_mismatch'],
    ['text/csv', one, 'usage.type_mismatch'],
    ['text/csv', `\ufeff${lines}`, 'usage.type_mismatch'],
  ])('%p that is none or a lie is a 415', async (type, body, code) => {
    expect(await refusal(parse(body, type))).toMatchObject({ kind: 'unsupported_media', code })
  })
})

describe('the encoding of a body', () => {
  test.each([
    ['gzip', gzipSync(one)],
    ['X-GZIP', gzipSync(one)],
    ['zstd', zstd(one)],
    ['identity', bytes(one)],
    ['gzip', Buffer.concat([gzipSync(one.slice(0, 20)), gzipSync(one.slice(20))])],
  ])('%p is unpacked', async (encoding, body) => {
    expect(await parse(body, 'application/json', encoding)).toMatchObject({ sent: 1, rejected: [] })
  })

  test.each([
    ['br', bytes(one), 'usage.content_encoding'],
    ['gzip, gzip', gzipSync(gzipSync(one)), 'usage.content_encoding'],
    ['gzip', bytes(one), 'usage.encoding_mismatch'],
    ['gzip', zstd(one), 'usage.encoding_mismatch'],
    [null, gzipSync(one), 'usage.encoding_mismatch'],
    ['identity', zstd(one), 'usage.encoding_mismatch'],
  ])('%p that is unknown or a lie is a 415', async (encoding, body, code) => {
    expect(await refusal(parse(body, 'application/json', encoding))).toMatchObject({ kind: 'unsupported_media', code })
  })

  test.each([
    ['gzip', gzipSync(one).subarray(0, -1)],
    ['gzip', gzipSync(one).subarray(0, 12)],
    ['gzip', gzipSync(one).subarray(0, 2)],
    ['gzip', Buffer.concat([gzipSync(one), bytes('rest')])],
    ['gzip', gzipSync(one).fill(7, 20, 24)],
    ['zstd', zstd(one).subarray(0, -1)],
    ['zstd', zstd(lines.repeat(5_000)).subarray(0, -20)],
    ['zstd', zstd(one).subarray(0, 4)],
    ['zstd', Buffer.concat([zstd(one), bytes('rest')])],
  ])('%p that is cut off or damaged is a 400', async (encoding, body) => {
    expect(await refusal(parse(body, 'application/json', encoding))).toMatchObject({
      kind: 'unparsable',
      code: 'usage.encoding_corrupt',
    })
  })

  test('a bomb is refused at the limit, without room for what it holds', async () => {
    const packed = bomb(4096)
    expect(packed.byteLength).toBeLessThan(maxBodyBytes)
    const before = process.memoryUsage.rss()
    expect(await refusal(parse(packed, 'application/json', 'gzip'))).toMatchObject({
      kind: 'too_large',
      code: 'usage.inflated_too_large',
    })
    expect(process.memoryUsage.rss() - before).toBeLessThan(16 * maxBodyBytes)
  })

  test('the limit itself is taken, one byte more is not', async () => {
    const full = (extra: number): string => one.padEnd(maxBodyBytes + extra)
    expect(await parse(full(0))).toMatchObject({ sent: 1 })
    expect(await parse(gzipSync(full(0)), 'application/json', 'gzip')).toMatchObject({ sent: 1 })
    expect(await refusal(parse(full(1)))).toMatchObject({ kind: 'too_large', code: 'usage.body_too_large' })
    expect(await refusal(parse(zstd(full(1)), 'application/json', 'zstd'))).toMatchObject({
      kind: 'too_large',
      code: 'usage.inflated_too_large',
    })
  })
})

describe('the text of a body', () => {
  test.each([
    ['{"id":', 'usage.unparsable', ['']],
    ['not json', 'usage.unparsable', ['']],
    ['[', 'usage.unparsable', ['/0']],
    ['[1', 'usage.unparsable', ['/0']],
    ['[{}', 'usage.unparsable', ['/0']],
    ['[{},', 'usage.unparsable', ['/1']],
    ['[{},]', 'usage.unparsable', ['/1']],
    ['[,{}]', 'usage.unparsable', ['/0']],
    ['[{},{"id":"secret]', 'usage.unparsable', ['/1']],
    ['[{},{"id":secret}]', 'usage.unparsable', ['/1']],
    ['[{"id":1]]', 'usage.unparsable', ['/0']],
    ['[{}}]', 'usage.unparsable', ['/0']],
    ['[{}] []', 'usage.unparsable', ['/1']],
    ['[{"id":"a\0"}]', 'usage.unparsable', ['/0']],
    [`[${'['.repeat(100_000)}${']'.repeat(100_000)},x]`, 'usage.unparsable', ['/1']],
  ])('%#: broken JSON is a 400 that says where and not what', async (body, code, pointers) => {
    const refused = await refusal(parse(body))
    expect(refused).toMatchObject({ kind: 'unparsable', code, pointers })
    expect(refused.text).not.toContain('secret')
  })

  test.each(['{"id":"r"}', 'null', '7', '"text"'])('%p is JSON, but no array: 422', async (body) => {
    expect(await refusal(parse(body))).toMatchObject({ kind: 'invalid', code: 'usage.not_an_array', pointers: [''] })
  })

  test('a broken line is a 400 with its number', async () => {
    const refused = await refusal(parse(`${lines}\n\n{"id":"secret"\n`, 'application/x-ndjson'))
    expect(refused).toMatchObject({ kind: 'unparsable', code: 'usage.unparsable', pointers: ['/2'] })
    expect(refused.text).toContain('line 4')
    expect(refused.text).not.toContain('secret')
  })

  test.each([
    ['application/json', [0x5b, 0x22, 0xff, 0x22, 0x5d]],
    ['application/x-ndjson', [0x7b, 0xc3, 0x28]],
    ['text/csv', [0x69, 0x64, 0xed, 0xa0, 0x80]],
  ])('%p that is not UTF-8 is a 400', async (type, body) => {
    expect(await refusal(parse(new Uint8Array(body), type))).toMatchObject({
      kind: 'unparsable',
      code: 'usage.not_utf8',
    })
  })

  test.each([
    ['application/json', ''],
    ['application/json', ' [ ] '],
    ['application/x-ndjson', '\n \n'],
    ['text/csv', '\n'],
    ['text/csv', 'id,subscription,meter,start,end,quantity\n'],
  ])('%p without a record is a 422', async (type, body) => {
    expect(await refusal(parse(body, type))).toMatchObject({ kind: 'invalid', code: 'usage.batch_empty' })
  })

  test.each([
    ['application/json', (count: number) => `[${'{},'.repeat(count - 1)}{}]`],
    ['application/x-ndjson', (count: number) => '{}\n'.repeat(count)],
    ['text/csv', (count: number) => `id,subscription,meter,start,end,quantity\n${'a,b,c,d,e,f\n'.repeat(count)}`],
  ])('%p takes 50,000 records and not one more', async (type, body) => {
    expect(await parse(body(maxRecords), type)).toMatchObject({ sent: maxRecords, records: [] })
    expect(await refusal(parse(body(maxRecords + 1), type))).toMatchObject({
      kind: 'too_large',
      code: 'usage.too_many_records',
    })
  })

  test('ten million values are refused without becoming ten million objects', async () => {
    const before = process.memoryUsage.rss()
    const body = `[${'[],'.repeat(10_000_000)}[]]`
    expect(await refusal(parse(body))).toMatchObject({ code: 'usage.too_many_records' })
    expect(process.memoryUsage.rss() - before).toBeLessThan(400 * 1024 * 1024)
  })
})

describe('the records of a body', () => {
  test('a faulty record is refused by its index while the others go on', async () => {
    const sent = [sentRecord(), 7, sentRecord({ id: 'r-2', quantity: 1 }), sentRecord({ id: 'r-3' }), []]
    const batch = await parse(JSON.stringify(sent))
    expect(batch.records.map(({ index, id }) => [index, id])).toEqual([
      [0, 'r-1'],
      [3, 'r-3'],
    ])
    expect(faultsOf(batch)).toEqual(['/1 record.not_object', '/2/quantity quantity.not_text', '/4 record.not_object'])
    expect(batch.rejected.map(({ index, recordId }) => [index, recordId])).toEqual([
      [1, undefined],
      [2, 'r-2'],
      [4, undefined],
    ])
    expect(batch.sent).toBe(5)
    const ndjson = await parse(sent.map((record) => JSON.stringify(record)).join('\n'), 'application/x-ndjson')
    expect(ndjson).toEqual({ ...batch, format: 'ndjson' })
  })

  test('brackets, quotes and backslashes inside texts end nothing', async () => {
    const id = '],[{"\\",}\\\\"\\'
    const sent = [sentRecord({ id }), sentRecord({ id: `${id}"` })]
    const batch = await parse(JSON.stringify(sent, null, 1))
    expect(batch.records.map((record) => record.id)).toEqual([id, `${id}"`])
  })

  test.each(['"\\u0000"', '"\\ud800"', '"\\udc00a"'])('%p as a text is a fault of the record', async (text) => {
    const batch = await parse(one.replace('"r-1"', text))
    expect(batch.rejected).toMatchObject([{ index: 0, faults: [{ pointer: '/0/id' }] }])
  })

  test('a record without end is a fault of the record', async () => {
    const long = sentRecord({ id: 'x'.repeat(300_000) })
    const batch = await parse(JSON.stringify([long, sentRecord()]))
    expect(faultsOf(batch)).toEqual(['/0 record.too_long'])
    expect(batch.records).toHaveLength(1)
  })

  test('of two equal keys the last one counts', async () => {
    const batch = await parse(one.replace('"quantity"', '"quantity":"9","quantity"'))
    expect(batch.records).toMatchObject([{ quantity: '1.5' }])
  })

  test('every record sent comes out once, in one form in every format', async () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((sent) => !sent.includes('\0'))
    const record = fc.record({ id: text, subscription: text, resource: text, dimensions: fc.dictionary(text, text) })
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (changes) => {
        const sent = changes.map((change) => sentRecord(change))
        const json = await parse(JSON.stringify(sent))
        expect(json.rejected).toEqual([])
        expect(json.records).toMatchObject(changes)
        const ndjson = await parse(sent.map((each) => JSON.stringify(each)).join('\r\n'), 'application/x-ndjson')
        expect(ndjson.records).toEqual(json.records)
        const again = json.records.map(({ index: _, ...kept }) =>
          Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== null)),
        )
        expect((await parse(JSON.stringify(again))).records).toEqual(json.records)
      }),
      { numRuns: 50 },
    )
  })
})

test('whatever bytes come with whatever headers, nothing but a DomainError is thrown', async () => {
  const type = fc.constantFrom('application/json', 'application/x-ndjson', 'text/csv', 'text/html', null)
  const encoding = fc.constantFrom(null, 'identity', 'gzip', 'zstd', 'br')
  const pieces = ['[', ']', '{', '}', ',', '"', '\\', '\n', 'id', ':', ' ', '\0', one, lines, 'id,quantity\n'] as const
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => bytes(parts.join(''))),
    fc.uint8Array({ maxLength: 32 }).map((tail) => Buffer.concat([gzipSync(one), tail])),
    fc.tuple(fc.nat(99), fc.nat(255)).map(([at, byte]) => zstd(one).fill(byte, at, at + 1)),
  )
  await fc.assert(
    fc.asyncProperty(body, type, encoding, async (sent, contentType, contentEncoding) => {
      const batch = await parse(sent, contentType, contentEncoding).catch((error: unknown) => error)
      if (batch instanceof Error) expect(batch).toBeInstanceOf(DomainError)
      else expect(batch).toMatchObject({ sent: expect.any(Number) })
    }),
    { numRuns: 400 },
  )
})
