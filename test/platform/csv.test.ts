import { expect, test } from 'bun:test'
import { csvText } from '../../src/platform/csv.ts'

test.each([
  ['plain text', 'Acme', 'Acme'],
  ['a comma', 'Acme, Inc', '"Acme, Inc"'],
  ['a quote', 'the "best"', '"the ""best"""'],
  ['a line break', 'a\nb', '"a\nb"'],
  ['nothing', null, ''],
  ['a negative amount', '-0.50', '-0.50'],
  ['a formula', '=1+1', "'=1+1"],
  ['a formula behind a sign', '-cmd', "'-cmd"],
  ['a formula with a comma', '@SUM(A1,A2)', '"\'@SUM(A1,A2)"'],
] as const)('%s', (_, cell, text) => expect(csvText(['a'], [[cell]])).toBe(`a\r\n${text}\r\n`))
