import { describe, expect, test } from 'bun:test'
import * as fc from 'fast-check'
import { canonicalJson, type Json } from '../../src/billing/canonical.ts'
import { fuzzRuns } from '../support/fuzz.ts'

describe('canonical JSON', () => {
  test('keys are sorted at every depth, lists keep their order, blanks are gone', () => {
    const body = {
      total: '1.00',
      lines: [
        { sku: 'b', line: 2 },
        { line: 1, sku: 'a' },
      ],
      paid: false,
      note: null,
    }
    expect(canonicalJson(body)).toBe(
      '{"lines":[{"line":2,"sku":"b"},{"line":1,"sku":"a"}],"note":null,"paid":false,"total":"1.00"}',
    )
  })

  test('RFC 8785 section 3.2.3: keys are sorted by UTF-16 code units, not by code points or language', () => {
    const keys = { '\u20ac': '1', '\r': '2', '\ufb33': '3', '1': '4', '\u{1f600}': '5', '\u0080': '6', '\u00f6': '7' }
    expect([...canonicalJson(keys).matchAll(/:"(\d)"/g)].map(([, digit]) => digit).join('')).toBe('2467153')
  })

  test('RFC 8785 section 3.2.2.2: only what must be escaped is escaped', () => {
    expect(canonicalJson('\u20ac$\u000f\nA\'B"\\"/\u007f')).toBe('"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/\u007f"')
  })

  test('a key that an object inherits its meaning from is a key like any other', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":2}') as Json)).toBe('{"__proto__":2,"b":1}')
  })

  test.each([
    ['a fraction', 0.1],
    ['NaN', Number.NaN],
    ['a number no double holds', 2 ** 53],
    ['undefined', undefined],
    ['a member that is undefined', { a: undefined }],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
  ])('%s cannot be hashed', (_, value) => expect(() => canonicalJson(value as Json)).toThrow('invariant broken'))

  test('one value has one text, whatever the order of its keys, and the text means the same', () => {
    const values = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 5 }),
      ),
    })).value
    const reordered = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(reordered)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, member]) => [key, reordered(member)]),
      )
    }
    fc.assert(
      fc.property(values, (value) => {
        const text = canonicalJson(value)
        expect(canonicalJson(reordered(value))).toBe(text)
        expect(canonicalJson(JSON.parse(text) as Json)).toBe(text)
      }),
      fuzzRuns(300),
    )
  })
})
