import { Database } from 'bun:sqlite'

/*
 * Locks between processes on one machine. SQLite's file locks are the operating system's: they end with the process
 * that holds them, even on SIGKILL, so nobody ever has to judge whether a lock file is stale.
 */

const open = (file: string): Database => {
  const database = new Database(file, { create: true })
  database.run('pragma busy_timeout = 0')
  return database
}

const isBusy = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY'

const tryExclusive = (database: Database): boolean => {
  try {
    database.run('begin exclusive')
    return true
  } catch (error) {
    if (isBusy(error)) return false
    throw error
  }
}

/** Runs `work` while no other process is inside on the same file. @throws when the wait lasts longer than `waitMs`. */
export async function withLock<T>(file: string, waitMs: number, work: () => Promise<T>): Promise<T> {
  const database = open(file)
  try {
    for (const end = Date.now() + waitMs; !tryExclusive(database); await Bun.sleep(20)) {
      if (Date.now() > end) throw new Error(`another process has held ${file} for ${waitMs} ms`)
    }
    return await work()
  } finally {
    database.close()
  }
}

/** One process's share in something that the last user ends. */
export type Share = {
  /** Gives the share back. True when nobody else holds one. Call it once, inside the lock that also guards `takeShare`. */
  release(): boolean
}

/** Takes a share on `file`; it ends with `release` or with the process. */
export function takeShare(file: string): Share {
  const database = open(file)
  database.run('begin')
  database.query('select count(*) from sqlite_master').get()
  return {
    release() {
      database.run('commit')
      const isLast = tryExclusive(database)
      database.close()
      return isLast
    },
  }
}
