import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { filesIn, loopback, writeSettings } from './embedded-cluster.ts'
import type { Native } from './embedded-native.ts'
import { giveTo } from './embedded-place.ts'
import { type DatabaseUser, runAs } from './embedded-user.ts'

/** A postmaster that runs over a data folder, by its own lock file. */
export type Postmaster = {
  readonly pid: number
  readonly port: number
  /** The folder of its unix socket, or the loopback address. */
  readonly host: string
  /** Where the data was when it started: a checkout may move while its server runs. */
  readonly folder: string
  readonly state: string
}

/** A crash may leave minutes of log to replay; a stop writes out what is in memory. */
const startSeconds = 300
const stopSeconds = 300

const commandOf = async (pid: number): Promise<string> => {
  if (process.platform === 'linux') {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
  }
  const ps = Bun.spawn(['ps', '-o', 'command=', '-p', String(pid)], { stdout: 'pipe', stderr: 'ignore' })
  return new Response(ps.stdout).text()
}

const sameFile = async (one: string, other: string): Promise<boolean> => {
  const [a, b] = await Promise.all([one, other].map((path) => stat(path).catch(() => undefined)))
  return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev
}

const readLockFile = async (place: string): Promise<{ file: string; lines: string[] }> => {
  const file = join(filesIn(place).data, 'postmaster.pid')
  return { file, lines: (await readFile(file, 'utf8').catch(() => '')).split('\n') }
}

/**
 * The postmaster over `place`, or nothing: a lock file may be of a server that is dead, its process id another program's,
 * or it came here with a copy of the folder.
 */
export async function findPostmaster(place: string): Promise<Postmaster | undefined> {
  const { file, lines } = await readLockFile(place)
  const [pid, folder = ''] = [Number(lines[0]), lines[1]]
  if (!(pid > 0) || !(await commandOf(pid)).includes(`-D ${folder}`)) return undefined
  const original = join(folder, 'postmaster.pid')
  const isCopy = !(await sameFile(file, original)) && (await stat(original).catch(() => undefined)) !== undefined
  if (isCopy) return undefined
  return { pid, port: Number(lines[3]), host: lines[4] || loopback, folder, state: (lines[7] ?? 'starting').trim() }
}

/** False when nobody listens: the process of a server that was killed outlives its sockets for a moment. */
export const isListening = ({ host, port }: Postmaster): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = host.startsWith('/') ? connect(join(host, `.s.PGSQL.${port}`)) : connect(port, host)
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/** Greater than any process id of any system. */
const pidOfNobody = 2_147_483_647

/**
 * Postgres refuses to start while the process of its lock file exists, be it another program by now or a dead server that
 * nobody has buried. The rest of the file stays: by it Postgres makes sure that no backend of that server is left.
 */
const disownLockFile = async (place: string): Promise<void> => {
  const { file, lines } = await readLockFile(place)
  if (lines.length > 1) await writeFile(file, [pidOfNobody, ...lines.slice(1)].join('\n'))
  // The same holds of the lock beside its socket, which nobody but a server over this data can have made.
  const { data } = filesIn(place)
  const names = await readdir(data).catch(() => [])
  const left = names.filter((name) => name.startsWith('.s.PGSQL.'))
  await Promise.all(left.map((name) => rm(join(data, name), { force: true })))
}

const freePort = (): Promise<number> => {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const server = createServer()
  server.once('error', reject)
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
  })
  return promise
}

const rememberedPort = async (place: string): Promise<number | undefined> =>
  Number(await readFile(filesIn(place).port, 'utf8').catch(() => '')) || undefined

/** Each start writes its own log; the one before is kept. */
const freshLog = async (log: string, user: DatabaseUser): Promise<void> => {
  await rename(log, `${log}.1`).catch(() => undefined)
  await writeFile(log, '', { mode: 0o600 })
  await giveTo(user, log)
}

/** Starts the server, where `findPostmaster` has found none, and waits until it takes connections. @throws with the end of its log when it does not come up. */
export async function startServer(options: { place: string; user: DatabaseUser; native: Native }): Promise<void> {
  const { place, user, native } = options
  const { data, log } = filesIn(place)
  const command = [native.pgCtl, 'start', '-D', data, '-l', log, '-w', '-t', String(startSeconds), '-s']
  let port = (await rememberedPort(place)) ?? (await freePort())
  for (const end = Date.now() + startSeconds * 1000; ; await Bun.sleep(100)) {
    await disownLockFile(place)
    await writeSettings(place, user, port)
    await freshLog(log, user)
    const { code, output } = await runAs(user, command, { cwd: place })
    if (code === 0) return
    const said = await readFile(log, 'utf8')
    if (said.includes('could not bind')) port = await freePort()
    // Backends of a postmaster that was killed are still on their way out.
    else if (!said.includes('is still in use') || Date.now() > end) {
      throw new Error(`Postgres did not start: ${output}\n${said.slice(-2000)}`)
    }
  }
}

/** Stops the server: open transactions are rolled back, what is committed is written out. Waits until it is gone. */
export async function stopServer(options: { place: string; user: DatabaseUser; native: Native }): Promise<void> {
  const { place, user, native } = options
  const command = [native.pgCtl, 'stop', '-D', filesIn(place).data, '-m', 'fast', '-w', '-t', String(stopSeconds), '-s']
  const { code, output } = await runAs(user, command, { cwd: place })
  if (code !== 0 && (await findPostmaster(place))) throw new Error(`Postgres did not stop: ${output}`)
}
