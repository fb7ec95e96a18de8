import { pino, type DestinationStream, type Logger } from 'pino'
import type { LogLevel } from './config.ts'
import { loggable } from './log-fields.ts'

/** What varies: goes into fields, never into the event's name. */
export type LogFields = Readonly<Record<string, unknown>>

/** A log of events. The event is a constant that can be searched and counted. */
export type Log = {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** A log whose every line carries these fields too. */
  child(fields: LogFields): Log
}

type Written = { readonly logger: Logger; readonly flush: () => void }

/** A child is made with its first line: each request has one, and few of them say anything. */
const wrap = (made: () => Written): Log => {
  let written: Written | undefined
  const at = (level: 'debug' | 'info' | 'warn' | 'error', isUrgent: boolean) => (event: string, fields?: LogFields) => {
    const { logger, flush } = (written ??= made())
    if (!logger.isLevelEnabled(level)) return
    logger[level](fields ? loggable(fields) : {}, event)
    if (isUrgent) flush()
  }
  return {
    debug: at('debug', false),
    info: at('info', false),
    warn: at('warn', true),
    error: at('error', true),
    child: (fields) =>
      wrap(() => {
        const { logger, flush } = (written ??= made())
        return { logger: logger.child(loggable(fields)), flush }
      }),
  }
}

/** How long a line of a service that is no warning may wait to be written with others. */
const patienceMs = 100
const enoughBytes = 8_192

const nothing = (): void => undefined

/** Warnings and what came before them are written at once: a line that waits is lost by the crash that it would explain. */
function collecting(): { destination: DestinationStream; flush: () => void } {
  const destination = pino.destination({ dest: 1, sync: true, minLength: enoughBytes, periodicFlush: patienceMs })
  const flush = (): void => destination.flushSync()
  process.once('exit', flush)
  return { destination, flush }
}

/**
 * Opens the log of a process: one line of JSON per event on stdout, or on `destination`. A service that answers thousands of
 * requests a second is `busy`: its lines below a warning are written together, at most 100 ms late.
 * Fields named like a secret are blanked; errors keep type, message, code and cause, and lose bound SQL values.
 */
export function openLog(options: {
  level: LogLevel
  process: string
  destination?: DestinationStream
  busy?: boolean
}): Log {
  const { destination, flush } = options.busy
    ? collecting()
    : { destination: options.destination ?? pino.destination({ dest: 1, sync: true }), flush: nothing }
  const logger = pino(
    {
      level: options.level,
      base: { process: options.process, pid: process.pid },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  )
  return wrap(() => ({ logger, flush }))
}
