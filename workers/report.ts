import type { Log, LogFields } from '../src/platform/log.ts'

const quietMs = 5_000

/** Logs the first error at once and then at most one every few seconds: a transport that is down says so all the time. */
export function throttledErrors(log: Log, event: string, fields: LogFields = {}): (error: unknown) => void {
  let quietUntil = 0
  let unsaid = 0
  return (error) => {
    const now = performance.now()
    if (now < quietUntil) {
      unsaid += 1
      return
    }
    log.warn(event, { ...fields, error, unsaid })
    quietUntil = now + quietMs
    unsaid = 0
  }
}
