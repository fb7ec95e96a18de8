import type { Log } from './log.ts'

/** Ends one part of a process. Called once. */
export type Stop = () => Promise<void> | void

/** What was started, in order; closing it is the same list backwards. */
export type StopList = {
  /** Remembers how to stop what was just started. */
  readonly add: (name: string, stop: Stop) => void
  /**
   * Stops everything, last started first. A part that fails does not keep the others from stopping.
   * May be called twice: the second call gets the first one's promise. @throws AggregateError of what failed.
   */
  readonly close: () => Promise<void>
}

/** An empty list of things to stop. */
export function stopList(log: Log): StopList {
  const started: { name: string; stop: Stop }[] = []
  let closing: Promise<void> | undefined
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = []
    for (let part = started.pop(); part; part = started.pop()) {
      try {
        await part.stop()
        log.debug('process.part_stopped', { part: part.name })
      } catch (error) {
        failures.push(error)
        log.error('process.part_not_stopped', { part: part.name, error })
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped in order')
  }
  return {
    add: (name, stop) => void started.push({ name, stop }),
    close: () => (closing ??= closeAll()),
  }
}

const firstSignal = (log: Log): Promise<string> => {
  const { promise, resolve } = Promise.withResolvers<string>()
  // Only where a supervisor spawned us with a channel: it died without a word, and nobody else would stop us.
  process.once('disconnect', () => resolve('supervisor gone'))
  let isStopping = false
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (isStopping) {
        log.warn('process.killed', { signal })
        process.exit(1)
      }
      isStopping = true
      resolve(signal)
    })
  }
  return promise
}

/**
 * A bug that nobody caught ends the process; whoever supervises it starts a fresh one. Bun by itself only prints it
 * and goes on while the main module still awaits something, which is all that a service ever does.
 */
const exitOnBug = (log: Log): void => {
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      log.error('process.bug', { error })
      process.exit(1)
    })
  }
}

/**
 * Waits for SIGTERM or SIGINT (or the death of a supervisor that spawned this process with a channel), runs `close` once, and exits: `codeOnSignal` (0), or 1 when closing fails or takes longer than
 * `graceMs`. A second signal exits at once. `ended` is another reason to stop; its number is the exit code.
 * From here on an exception that nobody caught is logged and ends the process with 1.
 */
export async function untilSignal(
  close: () => Promise<void>,
  options: { graceMs: number; log: Log; ended?: Promise<number>; codeOnSignal?: number },
): Promise<never> {
  const { graceMs, log, ended, codeOnSignal = 0 } = options
  exitOnBug(log)
  const signalled = firstSignal(log).then((reason) => ({ reason, code: codeOnSignal }))
  const { reason, code } = await (ended
    ? Promise.race([signalled, ended.then((code) => ({ reason: 'ended', code }))])
    : signalled)
  log.info('process.stopping', { reason })
  setTimeout(() => {
    log.error('process.stop_took_too_long', { graceMs })
    process.exit(1)
  }, graceMs)
  try {
    await close()
  } catch (error) {
    log.error('process.stopped_badly', { error })
    process.exit(1)
  }
  log.info('process.stopped')
  process.exit(code)
}
