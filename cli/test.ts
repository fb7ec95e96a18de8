import { readFile, rm } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import postgres from 'postgres'
import { startEmbedded } from '../src/platform/embedded.ts'
import { hostOf } from '../src/platform/postgres-url.ts'
import { type Cli, type Command, stoppable } from './cli.ts'
import { type Counts, countsLine, readJunit } from './junit.ts'

/** Two cores do other work too; what a test waits for is a state, and this is only the end of its patience. */
const testTimeoutMs = 30_000

/** Settings of an installation must not reach the tests, which bring their own. */
const isForTests = (name: string): boolean =>
  !name.startsWith('WEIR_') || /^WEIR_(?:SHARED|TEST_|UPDATE|FUZZ)/.test(name)

const environment = (cli: Cli, databaseUrl: string): Record<string, string> => {
  const kept = Object.entries(cli.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const path = `${dirname(process.execPath)}:${cli.env['PATH'] ?? ''}`
  const passed = Object.fromEntries(kept.filter(([name]) => isForTests(name) && name !== 'QUEUE_DATABASE_URL'))
  return { ...passed, PATH: path, DATABASE_URL: databaseUrl }
}

const findFiles = (cli: Cli, filters: readonly string[]): string[] => {
  const all = [...new Bun.Glob('test/**/*.test.ts').scanSync({ cwd: cli.root })].toSorted()
  return all.filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
}

type Run = { files: readonly string[]; flags: readonly string[]; databaseUrl: string; signal: AbortSignal }

const runTests = async (cli: Cli, { files, flags, databaseUrl, signal }: Run): Promise<Counts> => {
  const report = join(cli.home, 'junit.xml')
  await rm(report, { force: true })
  const parallel = `--parallel=${Math.min(availableParallelism(), files.length)}`
  const reporter = ['--reporter=junit', `--reporter-outfile=${report}`]
  const command = ['--no-env-file', 'test', '--isolate', parallel, `--timeout=${testTimeoutMs}`, ...reporter, ...flags]
  const child = Bun.spawn([process.execPath, ...command, ...files.map((file) => `./${file}`)], {
    cwd: cli.root,
    env: environment(cli, databaseUrl),
    stdio: ['ignore', 'inherit', 'inherit'],
    signal,
  })
  const code = await child.exited
  signal.throwIfAborted()
  const { counts, files: reported } = readJunit(await readFile(report, 'utf8').catch(() => ''))
  // A file that could not be loaded is in no report; it must not look like a file without tests.
  const unloaded = flags.length > 0 ? [] : files.filter((file) => !reported.has(file))
  for (const file of unloaded) cli.say(`weir: ${file} ran no test`)
  const failed = counts.failed + unloaded.length
  return { ...counts, failed: failed === 0 && code !== 0 ? 1 : failed }
}

/** Tests kill processes, never the machine: what is written need not reach the disk, and a database is made in a tenth of the time. */
const spareTheDisk = async (adminUrl: string): Promise<void> => {
  const sql = postgres(adminUrl, { ...hostOf(adminUrl), max: 1 })
  await sql.unsafe('alter system set fsync = off')
  await sql.unsafe('select pg_reload_conf()')
  await sql.end()
}

/** Runs the tests on the given or a private Postgres. The last line says how many passed; none at all is a failure. */
export const test: Command = async (words, cli) => {
  const flags = words.filter((word) => word.startsWith('-'))
  const files = findFiles(
    cli,
    words.filter((word) => !word.startsWith('-')),
  )
  if (files.length === 0) {
    cli.say('weir: no test file has such a name')
    cli.say(countsLine({ passed: 0, failed: 0, skipped: 0 }))
    return 1
  }
  return stoppable(cli, async (stops, signal) => {
    let databaseUrl = cli.env['DATABASE_URL']?.trim()
    if (!databaseUrl) {
      // Its own: the tests set the passwords of logins that a running installation uses.
      const embedded = await startEmbedded({ dir: join(cli.home, 'postgres-test'), log: cli.log })
      stops.add('postgres', () => embedded.stop())
      databaseUrl = embedded.adminUrl
      await spareTheDisk(databaseUrl)
    }
    const counts = await runTests(cli, { files, flags, databaseUrl, signal })
    await stops.close()
    cli.say(countsLine(counts))
    return counts.failed === 0 && counts.passed > 0 ? 0 : 1
  })
}
