import type { Subprocess } from 'bun'
import type { Log } from '../src/platform/log.ts'

/** A process that is kept alive until it is stopped. */
export type Supervised = {
  readonly name: string
  /** The process id of now; another one after a crash. */
  readonly pid: () => number
  /** Resolves when it was given up: it ended too often right after its start. Never resolves otherwise. */
  readonly givenUp: Promise<void>
  /** Asks it to end, and ends it when it takes longer than the grace time. */
  readonly stop: () => Promise<void>
}

type Program = {
  readonly name: string
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly graceMs: number
  /** Gets each line that the program writes. */
  readonly onLine: (line: string) => void
  readonly log: Log
}

/** A program that lived this long has started well: what ends it later is a crash to recover from, not a mistake. */
const startedWellMs = 5_000
const maxBadStarts = 3
const restartAfterMs = 300

const readLines = async (stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> => {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    lines.forEach(onLine)
  }
  if (rest) onLine(rest)
}

const spawn = ({ command, cwd, env, onLine }: Program): Subprocess<'ignore', 'pipe', 'pipe'> => {
  const child = Bun.spawn([...command], {
    cwd,
    env,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    // A process group of its own: Ctrl-C reaches the supervisor only, which then stops everything in order.
    detached: true,
    // The channel carries nothing; its end tells the child that the supervisor is gone (see `untilSignal`).
    ipc: () => undefined,
  })
  void Promise.all([readLines(child.stdout, onLine), readLines(child.stderr, onLine)])
  return child
}

/** Starts a program and starts it again whenever it ends by itself. */
export function supervise(program: Program): Supervised {
  const { name, log, graceMs } = program
  const { promise: givenUp, resolve: giveUp } = Promise.withResolvers<void>()
  let isStopping = false
  let child = spawn(program)

  const keepAlive = async (): Promise<void> => {
    for (let badStarts = 0; ; child = spawn(program)) {
      const startedAt = performance.now()
      const code = await child.exited
      if (isStopping) return
      badStarts = performance.now() - startedAt < startedWellMs ? badStarts + 1 : 0
      log.warn('program.ended', { name, code, signal: child.signalCode, badStarts })
      if (badStarts >= maxBadStarts) return giveUp()
      await Bun.sleep(restartAfterMs)
      if (isStopping) return
    }
  }
  const ended = keepAlive()

  return {
    name,
    pid: () => child.pid,
    givenUp,
    async stop() {
      isStopping = true
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      await Promise.all([child.exited, ended])
      clearTimeout(timer)
    },
  }
}
