import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmod, chown, cp, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import postgres from 'postgres'
import { findNative, packageFolder, repairLinks } from '../../src/platform/embedded-native.ts'
import { databaseUser } from '../../src/platform/embedded-user.ts'
import { embeddedStatus, removeEmbedded, startEmbedded, stopEmbedded } from '../../src/platform/embedded.ts'
import { openLog } from '../../src/platform/log.ts'
import { hostOf } from '../../src/platform/postgres-url.ts'

const isRoot = process.getuid?.() === 0
const silent = openLog({ level: 'silent', process: 'test' })
const source = join(import.meta.dir, '../../src/platform')
let parent = ''
let dir = ''

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'weir-embedded-'))
  await chmod(parent, 0o755)
  dir = join(parent, 'with space')
})
afterAll(async () => {
  await stopEmbedded({ dir, log: silent })
  await rm(parent, { recursive: true, force: true })
})

/** Another process that uses the private Postgres until its stdin ends. */
const launcher = async () => {
  const script = `
    import { startEmbedded } from ${JSON.stringify(join(source, 'embedded.ts'))}
    import { openLog } from ${JSON.stringify(join(source, 'log.ts'))}
    const embedded = await startEmbedded({ dir: ${JSON.stringify(dir)}, log: openLog({ level: 'silent', process: 'x' }) })
    console.log(JSON.stringify({ adopted: embedded.adopted, adminUrl: embedded.adminUrl }))
    for await (const _ of process.stdin) {}
    await embedded.stop()`
  const options = { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' } as const
  const child = Bun.spawn([process.execPath, '--no-env-file', '-e', script], options)
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  let line = ''
  while (!line.endsWith('\n')) line += (await reader.read()).value ?? '\n'
  const { adopted, adminUrl } = JSON.parse(line) as { adopted: boolean; adminUrl: string }
  const end = async () => {
    await child.stdin.end()
    return child.exited
  }
  return { child, adopted, adminUrl, end }
}

const query = async <T>(url: string, work: (tx: postgres.TransactionSql) => Promise<T>) => {
  const sql = postgres(url, { ...hostOf(url), max: 1, onnotice: () => undefined })
  try {
    return await sql.begin(work)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const runningPid = async (): Promise<number> => {
  const status = await embeddedStatus(dir)
  return status.state === 'running' ? status.pid : 0
}

describe('the private Postgres', () => {
  test('starts from nothing, once, although two processes ask at the same moment, and the last one stops it', async () => {
    expect(await embeddedStatus(dir)).toEqual({ state: 'absent' })
    const [one, two] = await Promise.all([launcher(), launcher()])
    expect([one, two].filter(({ adopted }) => !adopted)).toHaveLength(1)
    expect(one.adminUrl).toBe(two.adminUrl)
    expect(await one.end()).toBe(0)
    expect((await embeddedStatus(dir)).state).toBe('running')
    expect(await two.end()).toBe(0)
    expect((await embeddedStatus(dir)).state).toBe('stopped')
  }, 60_000)

  test('is a durable Postgres 18 on loopback that sorts by bytes, with a private password', async () => {
    const embedded = await startEmbedded({ dir, log: silent })
    expect(embedded.version).toStartWith('18.')
    const [row] = await query(
      embedded.adminUrl,
      (tx) => tx`
      select current_setting('fsync') as fsync, current_setting('full_page_writes') as pages,
        current_setting('synchronous_commit') as commit, current_setting('listen_addresses') as listen,
        current_setting('max_connections') as connections, current_setting('server_encoding') as encoding,
        current_setting('password_encryption') as passwords, (select datlocprovider::text || ':' || datlocale
          from pg_database where datname = current_database()) as locale`,
    )
    expect({ ...row }).toEqual({
      fsync: 'on',
      pages: 'on',
      commit: 'on',
      listen: '127.0.0.1',
      connections: '200',
      encoding: 'UTF8',
      passwords: 'scram-sha-256',
      locale: 'b:C.UTF-8',
    })
    expect((await lstat(join(dir, 'superuser.password'))).mode & 0o777).toBe(0o600)
    const wrong = embedded.adminUrl.replace(/:[^:@]+@/, ':wrong@')
    expect(query(wrong, (tx) => tx`select 1`)).rejects.toThrow('password authentication failed')
    await embedded.stop()
    await embedded.stop()
    expect((await embeddedStatus(dir)).state).toBe('stopped')
  }, 30_000)

  test.each([
    ['over a unix socket in its data', '', (url: URL) => decodeURIComponent(url.hostname).endsWith('/data')],
    [
      'over loopback where the path of a socket would be too long',
      'a'.repeat(90),
      (url: URL) => url.hostname === '127.0.0.1',
    ],
  ])(
    'is reached %s',
    async (_, below, isExpected) => {
      const place = join(dir, below)
      const embedded = await startEmbedded({ dir: place, log: silent })
      expect(isExpected(new URL(embedded.adminUrl))).toBe(true)
      expect(await query(embedded.adminUrl, (tx) => tx`select 1`)).toHaveLength(1)
      await embedded.stop()
      if (below !== '') await rm(place, { recursive: true })
    },
    60_000,
  )

  test('outlives a launcher that is killed, and is adopted by the next one', async () => {
    const killed = await launcher()
    const pid = await runningPid()
    killed.child.kill('SIGKILL')
    await killed.child.exited
    expect(await runningPid()).toBe(pid)
    const next = await startEmbedded({ dir, log: silent })
    expect([next.adopted, await runningPid()]).toEqual([true, pid])
    await next.stop()
    expect((await embeddedStatus(dir)).state).toBe('stopped')
  }, 30_000)

  test('killed itself, it comes back with everything that was committed', async () => {
    const before = await startEmbedded({ dir, log: silent })
    await query(before.adminUrl, (tx) => tx`create table kept as select 1 as one`)
    process.kill(await runningPid(), 'SIGKILL')
    const after = await startEmbedded({ dir, log: silent })
    expect(after.adopted).toBe(false)
    expect(await query(after.adminUrl, (tx) => tx`select one from kept`)).toHaveLength(1)
    await before.stop()
    await after.stop()
  }, 30_000)

  test('a server on its way out, whose sockets are gone before it, is not adopted', async () => {
    const data = join(dir, 'data')
    const dying = Bun.spawn(['sh', '-c', 'sleep 0.3; true', '-D', data])
    const owner = await lstat(data)
    const file = join(data, 'postmaster.pid')
    await writeFile(file, `${dying.pid}\n${data}\n1\n1\n${data}\n127.0.0.1\n\nready   \n`, { mode: 0o600 })
    await chown(file, owner.uid, owner.gid)
    const embedded = await startEmbedded({ dir, log: silent })
    expect(embedded.adopted).toBe(false)
    expect(await dying.exited).toBe(0)
    await embedded.stop()
  }, 30_000)

  test.each([
    ['whose number another program has now', () => process.pid],
    ['of nobody', () => 4_194_305],
  ])(
    'a left-over lock file with a process %s does not keep it from starting',
    async (_, pid) => {
      const file = join(dir, 'data/postmaster.pid')
      const owner = await lstat(join(dir, 'data'))
      await writeFile(file, `${pid()}\n${join(dir, 'data')}\n1\n1\n\n127.0.0.1\n\nready   \n`, { mode: 0o600 })
      await chown(file, owner.uid, owner.gid)
      expect((await embeddedStatus(dir)).state).toBe('stopped')
      const embedded = await startEmbedded({ dir, log: silent })
      expect(embedded.adopted).toBe(false)
      await embedded.stop()
    },
    30_000,
  )

  test('a copy of a running folder is not taken for the original', async () => {
    const original = await startEmbedded({ dir, log: silent })
    const copy = join(parent, 'copy')
    // No tool copies a socket.
    await cp(dir, copy, { recursive: true, filter: (file) => !basename(file).startsWith('.s.PGSQL') })
    expect((await embeddedStatus(copy)).state).toBe('stopped')
    expect((await embeddedStatus(dir)).state).toBe('running')
    await rm(copy, { recursive: true })
    await original.stop()
  }, 30_000)

  test('a port that was taken meanwhile is replaced', async () => {
    const taken = Number(await readFile(join(dir, 'port'), 'utf8'))
    const other = Bun.serve({ hostname: '127.0.0.1', port: taken, fetch: () => new Response() })
    const embedded = await startEmbedded({ dir, log: silent })
    expect(Number(new URL(embedded.adminUrl).port)).not.toBe(taken)
    await embedded.stop()
    await other.stop()
  }, 30_000)

  test('can be stopped from outside, whoever uses it', async () => {
    const embedded = await startEmbedded({ dir, log: silent })
    expect(await stopEmbedded({ dir, log: silent })).toBe(true)
    expect(await stopEmbedded({ dir, log: silent })).toBe(false)
    await embedded.stop()
  }, 30_000)
})

test('the links that a careful installer does not make are made here', async () => {
  const folder = join(parent, 'package')
  await mkdir(join(folder, 'native/lib'), { recursive: true })
  await writeFile(join(folder, 'native/lib/libx.so.1.2'), 'x')
  const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }]
  await writeFile(join(folder, 'native/pg-symlinks.json'), JSON.stringify(links))
  expect(await repairLinks(folder)).toBe(1)
  expect(await repairLinks(folder)).toBe(0)
  expect(await readFile(join(folder, 'native/lib/libx.so.1'), 'utf8')).toBe('x')
})

describe.skipIf(!isRoot)('as root, below a folder that the database user cannot enter', () => {
  test('the data goes to a private place that is named, remembered, and removed with it', async () => {
    const closed = join(parent, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const home = join(closed, 'postgres')
    const lines: string[] = []
    const log = openLog({ level: 'warn', process: 'test', destination: { write: (line) => void lines.push(line) } })
    const embedded = await startEmbedded({ dir: home, log })
    expect(lines).toHaveLength(1)
    const said = JSON.parse(lines[0] ?? '{}') as { event: string; folder: string; usingInstead: string }
    expect(said).toMatchObject({ event: 'postgres.folder_unreachable', folder: home })
    expect(embedded.dataFolder).toBe(join(said.usingInstead, 'data'))
    expect((await lstat(said.usingInstead)).mode & 0o777).toBe(0o700)
    const again = await startEmbedded({ dir: home, log: silent })
    expect([again.adopted, again.dataFolder]).toEqual([true, embedded.dataFolder])
    await embedded.stop()
    await again.stop()
    await removeEmbedded({ dir: home, log: silent })
    expect(await lstat(said.usingInstead).catch(() => 'gone')).toBe('gone')
    expect(await embeddedStatus(home)).toEqual({ state: 'absent' })
  }, 60_000)

  test('programs that it cannot reach are copied to a place that it can', async () => {
    const closed = join(parent, 'closed-programs')
    await mkdir(closed, { mode: 0o700 })
    await cp(await packageFolder(), join(closed, 'package'), { recursive: true, verbatimSymlinks: true })
    const place = join(parent, 'open')
    await mkdir(place)
    const user = await databaseUser(join(place, 'data'))
    const native = await findNative({ folder: join(closed, 'package'), user, place, log: silent })
    expect(dirname(dirname(native.postgres))).toStartWith(join(place, 'native-'))
    const libraries = await readdir(join(dirname(native.postgres), '../lib'))
    expect(libraries.filter((name) => name.endsWith('.a'))).toEqual([])
  }, 30_000)
})
