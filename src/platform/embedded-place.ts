import { createHash } from 'node:crypto'
import { chmod, chown, lstat, mkdir, readFile, realpath, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { canEnter, type DatabaseUser } from './embedded-user.ts'
import type { Log } from './log.ts'

/** `/var/tmp` outlives a restart of the machine, which the system's temporary folder need not. */
const fallbackParents = ['/var/tmp', tmpdir()]

const fallbackName = (dir: string): string => `weir-${createHash('sha256').update(dir).digest('hex').slice(0, 16)}`

/** A place that another checkout remembered, whose folder was copied to here, is not ours. */
const rememberedPlace = async (dir: string): Promise<string | undefined> => {
  const place = (await readFile(join(dir, 'place'), 'utf8').catch(() => '')).trim()
  return basename(place) === fallbackName(dir) ? place : undefined
}

/** Where the data of `dir` really is: `dir` itself, or the fallback that was remembered in it. */
export const knownPlace = async (dir: string): Promise<string> => (await rememberedPlace(dir)) ?? dir

/** Creates `dir` so that the database user may pass through it, and nobody may list it. */
export async function makeFolder(dir: string): Promise<string> {
  const isNew = await mkdir(dir, { recursive: true })
  if (isNew) await chmod(dir, 0o711)
  return realpath(dir)
}

/** Gives a path to the database user; nothing to do when that is who runs this. */
export const giveTo = async (user: DatabaseUser, path: string): Promise<void> => {
  if (user.uid !== undefined) await chown(path, user.uid, user.gid ?? user.uid)
}

const isPrivateTo = async (user: DatabaseUser, folder: string): Promise<boolean> => {
  const found = await lstat(folder).catch(() => undefined)
  return found !== undefined && found.isDirectory() && found.uid === user.uid && (found.mode & 0o77) === 0
}

/**
 * The folder that holds the data of `dir`: `dir`, or, when the database user cannot reach it, a private folder under the
 * system's temporary one, keyed by `dir` and remembered in it. Says so in one line of the log.
 */
export async function choosePlace(options: { dir: string; user: DatabaseUser; log: Log }): Promise<string> {
  const { dir, user, log } = options
  const remembered = await rememberedPlace(dir)
  if (remembered && (await isPrivateTo(user, remembered))) return remembered
  if (await canEnter(user, dir)) return dir
  for (const parent of fallbackParents) {
    if (!(await canEnter(user, parent))) continue
    const place = join(parent, fallbackName(dir))
    await mkdir(place, { mode: 0o700 }).then(
      () => giveTo(user, place),
      () => undefined,
    )
    // Everybody may write there: a folder of that name which somebody else made is not ours to use.
    if (!(await isPrivateTo(user, place)))
      throw new Error(`${place} exists and is not private: remove it, or set DATABASE_URL`)
    await writeFile(join(dir, 'place'), `${place}\n`)
    log.warn('postgres.folder_unreachable', { folder: dir, databaseUser: user.name, usingInstead: place })
    return place
  }
  throw new Error(`the database user (${user.name}) can enter neither ${dir} nor a temporary folder: set DATABASE_URL`)
}
