import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'bun:test'
import { chmod, cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { commands } from '../../cli/commands.ts'
import { countsLine, readJunit } from '../../cli/junit.ts'

const root = join(import.meta.dir, '../..')
const systemTools = 'cat chmod cksum cp dirname grep kill ldd ln mkdir mv printf readlink rm sed sh sleep uname'.split(
  ' ',
)
let parent = ''
let checkout = ''
let tools = ''

/** A fake program: a shell script that may write down how it was called. */
const fake = async (path: string, body: string): Promise<void> => {
  await writeFile(path, `#!/bin/sh\n${body}\n`)
  await chmod(path, 0o755)
}

/** Answers its version, counts installs, and shows how it was told to run a command. */
const fakeBun = (version: string): string => `
  case $1 in
    --version) echo ${version} ;;
    install) echo "$*" >>"$CALLS/bun-install"; sleep 0.2; mkdir -p node_modules ;;
    *) printf '%s\\n' "$PWD" "$@" ;;
  esac`

/** Puts the fake binary where npm would put the package's. */
const fakeNpm = `
  echo "$npm_config_cache $*" >>"$CALLS/npm"
  for package in "$@"; do :; done
  folder="$3/node_modules/\${package%@*}/bin"
  mkdir -p "$folder" && cp "$CALLS/../bun-of-npm" "$folder/bun"`

beforeAll(async () => {
  parent = await realpath(await mkdtemp(join(tmpdir(), 'weir-door-')))
  await fake(join(parent, 'bun-of-npm'), fakeBun('1.4.5'))
})
afterAll(() => rm(parent, { recursive: true, force: true }))

beforeEach(async () => {
  checkout = join(parent, `a check out ${Bun.randomUUIDv7()}`)
  tools = join(checkout, 'tools')
  await mkdir(tools, { recursive: true })
  await mkdir(join(parent, 'calls'), { recursive: true })
  for (const tool of systemTools) {
    const path = Bun.which(tool)
    if (path) await symlink(path, join(tools, tool))
  }
  for (const file of ['weir', 'package.json', 'bun.lock']) await cp(join(root, file), join(checkout, file))
  await mkdir(join(checkout, 'cli'))
  await cp(join(root, 'cli/help.txt'), join(checkout, 'cli/help.txt'))
  await rm(join(parent, 'calls'), { recursive: true })
  await mkdir(join(parent, 'calls'))
})

const weir = async (
  words: string[],
  options: { env?: Record<string, string | undefined>; cwd?: string; script?: string } = {},
) => {
  const child = Bun.spawn([options.script ?? join(checkout, 'weir'), ...words], {
    cwd: options.cwd ?? '/',
    env: { PATH: tools, HOME: parent, CALLS: join(parent, 'calls'), ...options.env },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [out, error] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, out, error }
}
const calls = async (name: string): Promise<string[]> =>
  (await readFile(join(parent, 'calls', name), 'utf8').catch(() => '')).split('\n').filter((line) => line !== '')

describe('./weir', () => {
  test('explains itself before anything is installed', async () => {
    const silent = await weir([])
    expect([silent.code, silent.out]).toEqual([0, await readFile(join(root, 'cli/help.txt'), 'utf8')])
    expect((await weir(['help'])).out).toBe(silent.out)
  })

  test('explains every command that exists, and no other', async () => {
    const explained = [...(await readFile(join(root, 'cli/help.txt'), 'utf8')).matchAll(/^ {2}\.\/weir (\w+) /gm)]
    expect(explained.map((match) => match[1])).toEqual(Object.keys(commands))
    for (const [name, load] of Object.entries(commands))
      expect([name, typeof (await load())]).toEqual([name, 'function'])
  })

  test('runs a command in its own folder, from anywhere, through links, with spaces in the path', async () => {
    await fake(join(tools, 'bun'), fakeBun('1.4.5'))
    const link = join(parent, `link ${Bun.randomUUIDv7()}`)
    await symlink(join(checkout, 'weir'), link)
    const { code, out } = await weir(['test', 'two words', '*'], { script: link, cwd: tmpdir() })
    expect(code).toBe(0)
    expect(out.trim().split('\n')).toEqual([checkout, '--no-env-file', 'cli/main.ts', 'test', 'two words', '*'])
  })

  test('only commands on an installation read .env', async () => {
    await fake(join(tools, 'bun'), fakeBun('1.4.5'))
    await writeFile(join(checkout, '.env'), 'DATABASE_URL=x')
    expect((await weir(['up'])).out).toContain('--env-file=.env')
    for (const name of ['test', 'check']) expect((await weir([name])).out).toContain('--no-env-file')
  })

  test.each([['1.3.99'], ['0.9.0'], ['broken']])(
    'does not take Bun %s: fetches the pinned one, once',
    async (version) => {
      await fake(join(tools, 'bun'), fakeBun(version))
      await fake(join(tools, 'npm'), fakeNpm)
      const first = await weir(['check'])
      expect(first.code).toBe(0)
      expect(first.error).toContain('weir: installing Bun 1.4.5')
      expect((await weir(['check'])).code).toBe(0)
      const [call = '', ...more] = await calls('npm')
      expect(more).toEqual([])
      expect(call).toContain('--ignore-scripts')
      expect(call).toMatch(/@oven\/bun-(linux|darwin)-(x64|x64-baseline|aarch64)@1\.4\.5$/)
    },
  )

  test.each([['1.4.0'], ['1.10.0'], ['2.0.1']])('takes Bun %s from PATH', async (version) => {
    await fake(join(tools, 'bun'), fakeBun(version))
    expect((await weir(['check'])).code).toBe(0)
  })

  test('says what is missing when there is neither Bun nor npm', async () => {
    const { code, error } = await weir(['check'])
    expect(code).toBe(1)
    expect(error).toContain('neither Bun 1.4.5 (or newer) nor npm is on PATH')
  })

  test('a failed install says why and leaves nothing that looks finished', async () => {
    await fake(join(tools, 'bun'), `[ "$1" = --version ] && echo 1.4.5 || { echo 'lockfile had changes'; exit 1; }`)
    const { code, error } = await weir(['check'])
    expect(code).toBe(1)
    expect(error).toContain('lockfile had changes')
    await fake(join(tools, 'bun'), fakeBun('1.4.5'))
    expect((await weir(['check'])).error).toContain('installing the locked dependencies')
  })

  test('installs the locked dependencies once, and again when the lock changes', async () => {
    await fake(join(tools, 'bun'), fakeBun('1.4.5'))
    await weir(['check'])
    await weir(['check'])
    expect(await calls('bun-install')).toEqual(['install --frozen-lockfile'])
    await writeFile(join(checkout, 'bun.lock'), 'another')
    await weir(['check'])
    expect(await calls('bun-install')).toHaveLength(2)
  })

  test('several at once in a fresh checkout all get to their command', async () => {
    await fake(join(tools, 'bun'), fakeBun('1.4.5'))
    await rm(join(checkout, '.weir'), { recursive: true, force: true })
    const all = await Promise.all(Array.from({ length: 6 }, () => weir(['check'])))
    expect(all.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0])
    expect(await calls('bun-install')).toHaveLength(1)
  }, 20_000)

  test('two at once install once, and a lock whose holder is gone is broken', async () => {
    await fake(join(tools, 'bun'), fakeBun('1.4.5'))
    await mkdir(join(checkout, '.weir'), { recursive: true })
    await symlink('4194305', join(checkout, '.weir/install.holder'))
    const both = await Promise.all([weir(['check']), weir(['check'])])
    expect(both.map(({ code }) => code)).toEqual([0, 0])
    expect(await calls('bun-install')).toHaveLength(1)
  }, 20_000)

  test.each([
    ['empty', ''],
    ['unset', undefined],
    ['missing', '/nowhere/at/all'],
  ])('a home that is %s gets its caches in .weir', async (_, HOME) => {
    await fake(join(tools, 'npm'), fakeNpm)
    expect((await weir(['check'], { env: { HOME } })).code).toBe(0)
    expect((await calls('npm'))[0]).toStartWith(join(checkout, '.weir/cache/npm'))
  })

  test('names no registry', async () => {
    expect(await readFile(join(root, 'weir'), 'utf8')).not.toMatch(/https?:|registry/)
  })

  test('refuses a command that does not exist', async () => {
    const child = Bun.spawnSync([process.execPath, '--no-env-file', join(root, 'cli/main.ts'), 'frobnicate'])
    expect(child.exitCode).toBe(2)
    expect(child.stderr.toString()).toContain('./weir help')
  })
})

describe('the last line of a test run', () => {
  const report = `<?xml version="1.0"?>
    <testsuites name="bun test" tests="6" assertions="3" failures="1" skipped="2" time="0.1">
      <testsuite name="a" file="test/a &amp; b.test.ts" tests="6" failures="1" skipped="2"></testsuite>
    </testsuites>`

  test('comes from the report', () => {
    const { counts, files } = readJunit(report)
    expect(countsLine(counts)).toBe('3 passed, 1 failed, 2 skipped')
    expect([...files]).toEqual(['test/a & b.test.ts'])
  })

  test('names skipped tests only when there are any', () => {
    expect(countsLine({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
  })

  test('of an empty report is nothing at all', () => {
    expect(countsLine(readJunit('').counts)).toBe('0 passed, 0 failed')
  })
})
