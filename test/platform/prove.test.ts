import { expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { mutants } from '../../cli/prove-mutants.ts'

const root = join(import.meta.dir, '../..')

test('every mutant changes one place of a file that is there, and names tests that are', () => {
  const wrong = mutants.filter(({ file, from, to, tests }) => {
    const source = readFileSync(join(root, 'src/billing', `${file}.ts`), 'utf8')
    const isThere = tests.every((name) => existsSync(join(root, 'test/billing', `${name}.test.ts`)))
    return source.split(from).length !== 2 || from === to || tests.length === 0 || !isThere
  })
  expect(wrong.map(({ name }) => name)).toEqual([])
  expect(new Set(mutants.map(({ name }) => name)).size).toBe(mutants.length)
})
