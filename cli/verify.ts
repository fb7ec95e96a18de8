import { join } from 'node:path'
import type { Found } from '../src/modules/verify/check.ts'
import { type Report, verify as verifyDatabase } from '../src/modules/verify/service.ts'
import { openDatabase } from '../src/platform/db.ts'
import { embeddedStatus } from '../src/platform/embedded.ts'
import { type Cli, type Command, Refusal, stoppable } from './cli.ts'
import { type Installation, openInstallation } from './installation.ts'
import { type Progress, progressBar } from './progress.ts'

const usage = './weir verify [--folder postgres-demo]'

/** The private Postgres is that of `up`, unless another folder below `.weir` is named. */
function folderOf(words: readonly string[]): string {
  if (words.length === 0) return 'postgres'
  const [option, folder = '', ...more] = words
  const isKnown = option === '--folder' && /^postgres(-[a-z]+)?$/.test(folder) && more.length === 0
  if (!isKnown) throw new Refusal(`it is called as ${usage}`)
  return folder
}

/** Nothing is made: what is not there can't be verified. */
async function openExisting(cli: Cli, folder: string): Promise<Installation> {
  const isPrivate = !cli.env['DATABASE_URL']?.trim()
  if (isPrivate && (await embeddedStatus(join(cli.home, folder))).state === 'absent') {
    throw new Refusal(`there is no data in .weir/${folder}: ${usage}`)
  }
  return openInstallation(cli, folder)
}

const barAfterMs = 1_000

/** A bar for a check that takes its time, from the moment that it does. */
function openBar() {
  let startedAt = performance.now()
  let bar: Progress | undefined
  return {
    at: (law: string, done: number, total: number, unit: string): void => {
      if (!bar && performance.now() - startedAt < barAfterMs) return
      bar ??= progressBar(`checking ${law}`, total, unit)
      bar.at(done)
    },
    end: (): void => {
      bar?.end()
      bar = undefined
      startedAt = performance.now()
    },
  }
}

function linesOf(found: Found): string[] {
  const lines = found.first.map(({ row, says }) => `            ${row}: ${says}`)
  const more = found.count - found.first.length
  return more > 0 ? [...lines, `            and ${more.toLocaleString('en')} more`] : lines
}

const standingOf = ({ broken, pending }: Report): string => {
  if (broken.count > 0) return 'BROKEN'
  return pending.count > 0 ? 'pending' : 'ok'
}

/** One line for the check, and below it the rows that are broken, then those that are only waited for. */
export function textOf(report: Report): string {
  const { law, name, looked, broken, pending, seconds } = report
  const counts = looked.map(([count, unit]) => `${count.toLocaleString('en')} ${unit}`).join(', ')
  const head = `  ${standingOf(report).padEnd(8)}${law.padEnd(8)}${name.padEnd(64)}${counts.padEnd(36)}${seconds.toFixed(1).padStart(7)} s`
  const waiting = pending.count > 0 && broken.count > 0 ? ['          pending:'] : []
  return [head, ...linesOf(broken), ...waiting, ...linesOf(pending)].join('\n')
}

/** Unknown tables, roles or rights: the database is older than this code. */
const outdated = new Set(['22023', '42P01', '42501', '42703'])
const isOutdated = (error: unknown): boolean =>
  error instanceof Error && outdated.has(String((error as { code?: unknown }).code))

/** Checks on the given or the private database what must always be zero; names the rows that are not. Changes nothing. */
export const verify: Command = async (words, cli) => {
  const folder = folderOf(words)
  return stoppable(cli, async (stops, signal) => {
    const installation = await openExisting(cli, folder)
    stops.add('postgres', installation.stop)
    signal.throwIfAborted()
    const options = { name: 'weir-verify', poolMax: 1, statementTimeoutMs: 0, readsSnapshots: true }
    const db = openDatabase({ url: installation.adminUrl, ...options })
    stops.add('connection', () => db.close())
    // A long statement would keep us from stopping.
    signal.addEventListener('abort', () => void db.close(), { once: true })
    cli.say(`Verifying ${installation.postgres}`)
    const bar = openBar()
    let broken = 0
    try {
      const onProgress = ({ law }: { law: string }, done: number, total: number, unit: string): void =>
        bar.at(law, done, total, unit)
      for await (const report of verifyDatabase(db, { signal, onProgress })) {
        bar.end()
        cli.say(textOf(report))
        broken += report.broken.count
      }
    } catch (error) {
      throw isOutdated(error) ? new Refusal('the database is older than this version: ./weir migrate') : error
    }
    cli.say(broken === 0 ? 'Everything holds.' : `Broken rows: ${broken.toLocaleString('en')}`)
    return broken === 0 ? 0 : 1
  })
}
