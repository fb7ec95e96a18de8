import { access, constants, lstat, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import postgres from 'postgres'
import { databaseName, ensureCluster, filesIn, superuser } from './embedded-cluster.ts'
import { type Share, takeShare, withLock } from './embedded-lock.ts'
import { findNative, type Native, packageFolder } from './embedded-native.ts'
import { choosePlace, knownPlace, makeFolder } from './embedded-place.ts'
import { findPostmaster, isListening, type Postmaster, startServer, stopServer } from './embedded-server.ts'
import { databaseUser, type DatabaseUser } from './embedded-user.ts'
import type { Log } from './log.ts'
import { hostOf, postgresUrl } from './postgres-url.ts'

/** A private Postgres that takes connections. */
type Embedded = {
  /** The superuser's URL, of the database `weir`: over a unix socket, or over loopback where its path would be too long. */
  readonly adminUrl: string
  readonly version: string
  /** True when it ran already. */
  readonly adopted: boolean
  /** Where the data is: not below `dir` when the database user cannot reach that. */
  readonly dataFolder: string
  /** Gives it back. The last process that uses it stops it, whoever started it. Safe to call twice. */
  stop(): Promise<void>
}

/** What is known about a private Postgres without touching it. */
type EmbeddedStatus =
  { readonly state: 'absent' | 'stopped' } | { readonly state: 'running'; readonly pid: number; readonly port: number }

type Server = { dir: string; place: string; user: DatabaseUser; native: Native }

/** Long enough for another process that makes the data folder or replays the log of a crash. */
const lockWaitMs = 360_000
const settleMs = 300_000

const locked = <T>(dir: string, work: () => Promise<T>): Promise<T> => withLock(join(dir, 'lock'), lockWaitMs, work)

const prepare = async (dir: string, log: Log): Promise<Server> => {
  const user = await databaseUser(filesIn(await knownPlace(dir)).data)
  const place = await choosePlace({ dir, user, log })
  return { dir, place, user, native: await findNative({ folder: await packageFolder(), user, place, log }) }
}

/** Waits out a server that is starting or stopping; nothing means that none runs. */
const settled = async (place: string): Promise<Postmaster | undefined> => {
  for (const end = Date.now() + settleMs; Date.now() < end; await Bun.sleep(50)) {
    const found = await findPostmaster(place)
    if (!found || (found.state === 'ready' && (await isListening(found)))) return found
  }
  throw new Error(`the Postgres over ${place} has been neither ready nor gone for ${settleMs} ms`)
}

/** A real connection, over the one pooled link of a throw-away client. @throws when it is not our server that answers. */
const ask = async (url: string, dataFolder: string): Promise<string> => {
  const client = postgres(url, { ...hostOf(url), max: 1, connect_timeout: 20, onnotice: () => undefined })
  try {
    const [row] = await client.begin(
      (tx) => tx<{ version: string; folder: string }[]>`
        select current_setting('server_version') as version, current_setting('data_directory') as folder`,
    )
    if (row?.folder !== dataFolder) throw new Error(`another Postgres answers in place of the one over ${dataFolder}`)
    return row.version
  } finally {
    await client.end({ timeout: 5 })
  }
}

const bringUp = async (server: Server): Promise<Postmaster & { adopted: boolean }> => {
  const running = await settled(server.place)
  if (running) return { ...running, adopted: true }
  await ensureCluster(server)
  await startServer(server)
  const started = await findPostmaster(server.place)
  if (!started) throw new Error(`Postgres started over ${server.place} and ended at once: see its server.log`)
  return { ...started, adopted: false }
}

const stopOnce = (server: Server, share: Share): (() => Promise<void>) => {
  const giveBack = (): Promise<void> =>
    locked(server.dir, async () => {
      if (share.release() && (await settled(server.place))) await stopServer(server)
    })
  let stopping: Promise<void> | undefined
  return () => (stopping ??= giveBack())
}

/**
 * Brings up the private Postgres whose home is `dir`: makes it, starts it, or adopts the one that runs. Safe for several
 * processes at once. Works for an ordinary user, and as root through an account without rights.
 * @throws with a sentence that says what to do when this machine cannot run it.
 */
export async function startEmbedded(options: { dir: string; log: Log }): Promise<Embedded> {
  const { log } = options
  const dir = await makeFolder(options.dir)
  await access(dir, constants.W_OK)
  return locked(dir, async () => {
    const server = await prepare(dir, log)
    const { port, host, folder, adopted } = await bringUp(server)
    const { data, password } = filesIn(server.place)
    const secret = (await readFile(password, 'utf8')).trim()
    const adminUrl = postgresUrl({ user: superuser, password: secret, host, port, database: databaseName })
    const version = await ask(adminUrl, folder)
    log.info('postgres.ready', { version, port, adopted, dataFolder: data, databaseUser: server.user.name })
    const stop = stopOnce(server, takeShare(join(dir, 'users')))
    return { adminUrl, version, adopted, dataFolder: data, stop }
  })
}

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(() => undefined)) !== undefined

/** Looks at the private Postgres of `dir`. */
export async function embeddedStatus(dir: string): Promise<EmbeddedStatus> {
  if (!(await isThere(dir))) return { state: 'absent' }
  const place = await knownPlace(await makeFolder(dir))
  const found = await findPostmaster(place)
  if (found) return { state: 'running', pid: found.pid, port: found.port }
  return { state: (await isThere(filesIn(place).data)) ? 'stopped' : 'absent' }
}

/** Stops the private Postgres of `dir`, even while others use it. False when none ran. */
export async function stopEmbedded(options: { dir: string; log: Log }): Promise<boolean> {
  const { log } = options
  if ((await embeddedStatus(options.dir)).state !== 'running') return false
  const dir = await makeFolder(options.dir)
  return locked(dir, async () => {
    const server = await prepare(dir, log)
    if (!(await settled(server.place))) return false
    await stopServer(server)
    return true
  })
}

/** Stops the private Postgres of `dir` and deletes its data for good. */
export async function removeEmbedded(options: { dir: string; log: Log }): Promise<void> {
  await stopEmbedded(options)
  const place = await knownPlace(await makeFolder(options.dir))
  for (const folder of new Set([place, options.dir])) await rm(folder, { recursive: true, force: true })
}
