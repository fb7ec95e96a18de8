import { lstat, readFile } from 'node:fs/promises'

/** Who runs the private Postgres. Without uid: whoever runs this process. */
export type DatabaseUser = { readonly name: string; readonly uid?: number; readonly gid?: number }

/** Postgres refuses to run as root. Its own account is taken where the machine has one, else the account without rights. */
const accounts = ['postgres', '_postgres', 'nobody']

const listAccounts = async (): Promise<{ name: string; uid: number; gid: number }[]> =>
  (await readFile('/etc/passwd', 'utf8')).split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    // macOS writes `nobody` as -2, which is the unsigned number that the system means.
    return name && uid && gid ? [{ name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }] : []
  })

/** Chooses who runs the database over `dataDir`: its owner when it exists, so that a new account changes nothing. */
export async function databaseUser(dataDir: string): Promise<DatabaseUser> {
  const uid = process.getuid?.() ?? 0
  const owner = await lstat(dataDir).catch(() => undefined)
  if (uid !== 0) {
    if (owner && owner.uid !== uid) throw new Error(`${dataDir} belongs to another user: use that one, or remove it`)
    return { name: 'the user who runs this' }
  }
  const known = await listAccounts()
  if (owner && owner.uid !== 0) {
    const name = known.find((one) => one.uid === owner.uid)?.name ?? `user ${owner.uid}`
    return { name, uid: owner.uid, gid: owner.gid }
  }
  const account = accounts.map((name) => known.find((one) => one.name === name)).find((one) => one && one.uid !== 0)
  if (!account) throw new Error('Postgres refuses to run as root and no unprivileged account exists: set DATABASE_URL')
  return account
}

type RunOptions = { cwd: string; stdin?: string }

const spawnAs = (user: DatabaseUser, command: readonly string[], { cwd, stdin }: RunOptions) =>
  Bun.spawn([...command], {
    cwd,
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' },
    stdin: stdin === undefined ? 'ignore' : new Blob([stdin]),
    stdout: 'pipe',
    stderr: 'pipe',
    ...(user.uid === undefined ? {} : { uid: user.uid, gid: user.gid ?? user.uid }),
  })

/**
 * Runs a program as `user` with a bare environment; the output is both streams together. A program that cannot be run
 * at all answers 126, as in a shell.
 */
export async function runAs(
  user: DatabaseUser,
  command: readonly string[],
  options: RunOptions,
): Promise<{ code: number; output: string }> {
  let child: ReturnType<typeof spawnAs>
  try {
    child = spawnAs(user, command, options)
  } catch (error) {
    return { code: 126, output: error instanceof Error ? error.message : String(error) }
  }
  const [out, error, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, output: `${out}${error}`.trim() }
}

/** True when `user` can enter `folder`, which needs every folder above it to let the user pass. */
export const canEnter = async (user: DatabaseUser, folder: string): Promise<boolean> =>
  (await runAs(user, ['/bin/sh', '-c', 'cd "$1"', 'sh', folder], { cwd: '/' })).code === 0
