import { join } from 'node:path'
import { type StopList, stopList, untilSignal } from '../src/platform/lifecycle.ts'
import { type Log, openLog } from '../src/platform/log.ts'

/** What every command is given. */
export type Cli = {
  readonly env: Readonly<Record<string, string | undefined>>
  /** The checkout. */
  readonly root: string
  /** The folder of everything that is made here and belongs into no repository. */
  readonly home: string
  /** For people: one line on stdout. */
  readonly say: (line: string) => void
  /** What the platform has to tell, one readable line each on stderr. */
  readonly log: Log
}

/** A command: gets the words after its name, answers the exit code. */
export type Command = (words: readonly string[], cli: Cli) => Promise<number>

/** A mistake of the person at the keyboard or of the machine: shown as one sentence, without a stack. */
export class Refusal extends Error {}

const unshown = new Set(['level', 'time', 'process', 'pid', 'event'])

const readable = (line: string): string => {
  const fields = JSON.parse(line) as Record<string, unknown>
  const shown = Object.entries(fields).filter(([name]) => !unshown.has(name))
  const text = shown.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return `weir: ${[fields['event'], ...text].join(' ')}\n`
}

/** The tools of a command. Only what needs attention is shown of the platform's log, unless WEIR_LOG_LEVEL asks for more. */
export const openCli = (env: Cli['env']): Cli => {
  const wanted = env['WEIR_LOG_LEVEL']
  const level = wanted === 'debug' || wanted === 'info' ? wanted : 'warn'
  const root = join(import.meta.dir, '..')
  const write = (line: string): void => void process.stderr.write(readable(line))
  const log = openLog({ level, process: 'weir', destination: { write } })
  return { env, root, home: join(root, '.weir'), say: (line) => console.log(line), log }
}

/** Tells a mistake of the person in one sentence, and a bug with everything that is known. Answers the exit code 1. */
export function report(cli: Cli, error: unknown): number {
  if (error instanceof Refusal) console.error(`weir: ${error.message}`)
  else cli.log.error('failed', { error })
  return 1
}

/** Longer than API, workers and Postgres together may take to stop. */
const stopEverythingMs = 60_000
/** What a shell answers for a program that Ctrl-C ended. */
const interrupted = 130

/**
 * Runs `work` and exits with its code. What it added to `stops` is stopped, last first, when it ends, fails, or a signal
 * comes at any moment: `signal` is aborted then, and `work` is expected to return soon.
 */
export function stoppable(
  cli: Cli,
  work: (stops: StopList, signal: AbortSignal) => Promise<number>,
  codeOnSignal = interrupted,
): Promise<never> {
  const stops = stopList(cli.log)
  const abort = new AbortController()
  const ended = work(stops, abort.signal).catch((error: unknown) => (abort.signal.aborted ? 1 : report(cli, error)))
  const close = async (): Promise<void> => {
    abort.abort()
    await ended
    await stops.close()
  }
  return untilSignal(close, { graceMs: stopEverythingMs, log: cli.log, ended, codeOnSignal })
}
