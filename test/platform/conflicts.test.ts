import { expect, test } from 'bun:test'
import { resolve } from 'node:path'
import { DomainError } from '../../src/platform/errors.ts'

const root = resolve(import.meta.dir, '../..')
const filesOf = (pattern: string) => [...new Bun.Glob(pattern).scanSync({ cwd: root })].sort()

/** What the makers of errors take besides nothing: a pointer or a word, a figure, several pointers, several laws with figures. */
const someArguments = [['/field'], [7], [['/field']], [[{ name: 'a law', figures: { left: '1' } }]], [['debts']]]

/** Errors by the name of their maker, each made with the first arguments that it takes. */
async function errorsOf(file: string): Promise<[string, DomainError][]> {
  const makers = Object.entries((await import(resolve(root, file))) as Record<string, unknown>)
  return makers.flatMap(([name, make]) => {
    if (typeof make !== 'function') return []
    for (const args of make.length === 0 ? [[]] : someArguments) {
      try {
        const made: unknown = make(...args)
        if (made instanceof DomainError) return [[`${file} ${name}`, made] as [string, DomainError]]
      } catch {
        continue
      }
    }
    throw new Error(`${file} ${name}: no arguments fit`)
  })
}

const declared = (await Promise.all(filesOf('src/modules/**/errors.ts').map(errorsOf))).flat()
const conflicts = declared.filter(([, { kind }]) => kind === 'conflict')

test('every declared conflict points at the field or the part of the request that is its cause', () => {
  expect(conflicts.length).toBeGreaterThan(60)
  const lost = conflicts.filter(
    ([, { faults }]) => faults.length === 0 || faults.some(({ pointer }) => !/^\/[A-Za-z]/.test(pointer)),
  )
  expect(lost.map(([name]) => name)).toEqual([])
})

test('no conflict is made but by what wants a pointer', async () => {
  const made = /new DomainError\(\s*'conflict'/
  const files = filesOf('{src,workers,jobs}/**/*.ts')
  const texts = await Promise.all(
    files.map(async (file) => ({ file, text: await Bun.file(resolve(root, file)).text() })),
  )
  expect(texts.filter(({ text }) => made.test(text)).map(({ file }) => file)).toEqual(['src/platform/errors.ts'])
})
