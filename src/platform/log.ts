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

const wrap = (logger: Logger): Log => {
  const at = (level: 'debug' | 'info' | 'warn' | 'error') => (event: string, fields?: LogFields) => {
    if (logger.isLevelEnabled(level)) logger[level](fields ? loggable(fields) : {}, event)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(logger.child(loggable(fields))),
  }
}

/**
 * Opens the log of a process: one line of JSON per event on stdout, or on `destination`.
 * Fields named like a secret are blanked; errors keep type, message, code and cause, and lose bound SQL values.
 */
export const openLog = (options: { level: LogLevel; process: string; destination?: DestinationStream }): Log =>
  wrap(
    pino(
      {
        level: options.level,
        base: { process: options.process, pid: process.pid },
        messageKey: 'event',
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
      },
      // Written at once: a line that waits in memory is lost by the crash that it would explain.
      options.destination ?? pino.destination({ dest: 1, sync: true }),
    ),
  )
