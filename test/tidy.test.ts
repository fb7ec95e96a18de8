import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

// The rules of the house, run as a test. Break one and it names the file and the line.

const root = resolve(import.meta.dir, '..')
const code = ['src', 'jobs', 'workers', 'cli', 'bench', 'test'].flatMap((folder) => filesBelow(folder, /\.ts$/))
const product = code.filter((file) => !file.startsWith('test/'))

function filesBelow(folder: string, wanted: RegExp): string[] {
  const path = join(root, folder)
  if (!statSync(path, { throwIfNoEntry: false })) return []
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => wanted.test(name))
    .map((name) => join(folder, name))
    .sort()
}

/** Code without its comments and single-quoted texts: prose may say what code may not. */
const codeOf = (file: string): string =>
  textOf(file)
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''")

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** What a file imports from inside the house, as paths from the root, and what from outside, as package names. */
function importsOf(file: string): string[] {
  const found = textOf(file).matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import '([^']+)'/g,
  )
  return [...found].map((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    return name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name
  })
}

/** What a file takes from others by name, as `file name`; of a star import or a lazy one whatever it asks of it. */
function namesTakenBy(file: string): string[] {
  const text = textOf(file)
  const from = (name: string) => relative(root, resolve(root, dirname(file), name))
  const named = [...text.matchAll(/(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']+)'/g)].flatMap((match) =>
    (match[1] ?? '').split(',').map((one) => `${from(match[2] ?? '')} ${/^\s*(?:type )?(\w*)/.exec(one)?.[1]}`),
  )
  const starred = [...text.matchAll(/import (?:type )?\* as (\w+) from '(\.[^']+)'/g)].flatMap((match) =>
    [...text.matchAll(new RegExp(`\\b${match[1]}\\.(\\w+)`, 'g'))].map((use) => `${from(match[2] ?? '')} ${use[1]}`),
  )
  const lazy = [...text.matchAll(/import\('(\.[^']+)'\)\)?\.(\w+)/g)].map(
    (match) => `${from(match[1] ?? '')} ${match[2]}`,
  )
  return [...named, ...starred, ...lazy]
}

const within = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`)

/** Who may import what inside the house: the longest place that fits decides. */
const mayImport: Record<string, string[]> = {
  'src/billing': ['src/billing'],
  'src/platform': ['src/platform'],
  'src/modules': ['src/modules', 'src/billing', 'src/platform', 'jobs', 'package.json'],
  'src/app.ts': ['src', 'package.json'],
  'src/routes.ts': ['src'],
  'src/main.ts': ['src'],
  jobs: ['jobs', 'src/platform'],
  workers: ['workers', 'jobs', 'src/modules', 'src/billing', 'src/platform'],
  cli: ['cli', 'src', 'jobs', 'workers', 'bench', 'package.json'],
  bench: ['bench', 'src', 'jobs', 'workers', 'cli'],
  test: ['test', 'src', 'jobs', 'workers', 'cli', 'bench', 'package.json'],
}

test.each(Object.keys(mayImport))('%s imports only what it may', (place) => {
  const allowed = mayImport[place] ?? []
  const wrong = code
    .filter((file) => within(file, place))
    .flatMap((file) => importsOf(file).map((path) => ({ file, path })))
    .filter(({ path }) => /^(src|jobs|workers|cli|bench|test|package\.json)\b/.test(path))
    .filter(({ path }) => !allowed.some((one) => within(path, one)))
  expect(wrong).toEqual([])
})

test("a module calls another module's service, never its queries", () => {
  const moduleOf = (path: string) => /^src\/modules\/([a-z-]+)\//.exec(path)?.[1]
  const wrong = product
    .flatMap((file) => importsOf(file).map((path) => ({ file, path })))
    .filter(({ path }) => /\/[a-z-]*queries[a-z-]*\.ts$/.test(path) && moduleOf(path))
    .filter(({ file, path }) => moduleOf(file) !== moduleOf(path))
  expect(wrong).toEqual([])
})

const routeFiles = product.filter((file) => /^src\/modules\/[a-z-]+\/([a-z-]+\/)?(index|[a-z-]*routes)\.ts$/.test(file))
const packageHomes: Record<string, string[]> = {
  'decimal.js': ['src/billing/money.ts'],
  elysia: [
    ...routeFiles,
    'src/app.ts',
    'src/routes.ts',
    'src/platform/auth.ts',
    'src/platform/openapi.ts',
    'src/platform/problem.ts',
  ],
  bullmq: product.filter((file) => within(file, 'workers')),
  ioredis: product.filter((file) => within(file, 'workers')),
  arctic: product.filter((file) => within(file, 'src/modules/auth')),
  '@elysiajs/jwt': ['src/platform/token.ts'],
  '@elysiajs/swagger': ['src/platform/openapi.ts'],
  '@sinclair/typebox': ['src/platform/schema.ts'],
}

test.each(Object.keys(packageHomes))('the package %s has its home', (name) => {
  const homes = new Set(packageHomes[name])
  const wrong = product.filter(
    (file) => !homes.has(file) && importsOf(file).some((path) => path === name || path.startsWith(`${name}/`)),
  )
  expect(wrong).toEqual([])
})

type Rule = readonly [string, RegExp, (file: string) => boolean]
const rules: readonly Rule[] = [
  [
    'the environment outside the two main files and the command line',
    /process\.env/,
    (file) => file !== 'src/main.ts' && file !== 'workers/main.ts' && !within(file, 'cli') && !within(file, 'bench'),
  ],
  ['the clock in the pure domain', /Date\.now\(|new Date\(\)|Temporal\.Now/, (file) => within(file, 'src/billing')],
  ['stringified JSON as an SQL parameter', /\$\{JSON\.stringify\([^)]*\)\}/, (file) => /queries/.test(file)],
  [
    'unsafe SQL outside the migrator',
    /\.unsafe\(/,
    (file) => !/^src\/platform\/(migrate|migrate-roles)\.ts$/.test(file) && within(file, 'src'),
  ],
  ['the type any', /: any\b|as any\b|<any>/, () => true],
  ['a default export', /^export default/m, () => true],
  ['a word that promises later work', /\b(TODO|FIXME|HACK)\b|not implemented/, () => true],
  [
    'floats as money',
    /parseFloat\(|\bNumber\([a-z.]*(amount|price|quantity|net|total)/i,
    (file) => within(file, 'src'),
  ],
]

describe('no product file has', () => {
  test.each(rules.map(([name]) => name))('%s', (name) => {
    const rule = rules.find(([other]) => other === name)
    const wrong = product.filter(
      (file) => rule?.[2](file) && rule[1].test(name.startsWith('the type') ? codeOf(file) : textOf(file)),
    )
    expect(wrong).toEqual([])
  })
})

test('files stop at 300 lines', () => {
  const long = [...code, ...filesBelow('src/platform/migrations', /\.sql$/)]
    .map((file) => ({ file, lines: textOf(file).split('\n').length - 1 }))
    .filter(({ lines }) => lines > 300)
  expect(long).toEqual([])
})

test('SQL stands in the files that are named after it', () => {
  const elsewhere = product
    .filter((file) => within(file, 'src/modules') && !/queries[a-z-]*\.ts$/.test(file))
    .filter((file) => /\btx(<[^`]*>)?`/.test(textOf(file)))
  expect(elsewhere).toEqual([])
})

test('a large module is folders of nouns with the same rooms, not one long list: 30 files, one folder deep', () => {
  const inModules = product.filter((file) => within(file, 'src/modules'))
  const counts = new Map<string, number>()
  for (const file of inModules) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1)
  expect([...counts].filter(([, files]) => files > 30)).toEqual([])
  expect(inModules.filter((file) => file.split('/').length > 5)).toEqual([])
})

test('nothing is exported that nobody imports', () => {
  const taken = new Set(code.flatMap(namesTakenBy))
  const exports = /^export (?:async )?(?:const|let|function\*?|type) (\w+)/gm
  const idle = code
    .flatMap((file) => [...textOf(file).matchAll(exports)].map((match) => `${file} ${match[1]}`))
    .filter((name) => !taken.has(name))
  expect(idle).toEqual([])
})

test('every SQL constraint has a name', () => {
  const unnamed = filesBelow('src/platform/migrations', /\.sql$/).flatMap((file) =>
    textOf(file)
      .split('\n')
      .filter(
        (line) =>
          /^\s+\w+ .*\b(primary key|references|unique|check \()/.test(line) &&
          !/constraint|create|policy|call|execute|using|where|when|trigger/.test(line),
      )
      .map((line) => ({ file, line: line.trim() })),
  )
  expect(unnamed).toEqual([])
})
