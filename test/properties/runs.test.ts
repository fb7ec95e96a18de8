import { expect, test } from 'bun:test'
import { join } from 'node:path'

const root = join(import.meta.dir, '..')

test('the properties of one run of the suite are tried a hundred thousand times together', async () => {
  let runs = 0
  for (const file of new Bun.Glob('**/*.test.ts').scanSync({ cwd: root })) {
    const source = await Bun.file(join(root, file)).text()
    for (const [, number = ''] of source.matchAll(/fuzzRuns\(([\d_]+)\)/g)) runs += Number(number.replaceAll('_', ''))
  }
  expect(runs).toBeGreaterThanOrEqual(100_000)
})
