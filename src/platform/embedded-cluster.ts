import { randomBytes } from 'node:crypto'
import { appendFile, chmod, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Native } from './embedded-native.ts'
import { giveTo } from './embedded-place.ts'
import { type DatabaseUser, runAs } from './embedded-user.ts'

/** The superuser of a private Postgres, and the database that Weir lives in. */
export const superuser = 'postgres'
export const databaseName = 'weir'

/** The files of one private Postgres. */
export const filesIn = (place: string) => ({
  data: join(place, 'data'),
  password: join(place, 'superuser.password'),
  port: join(place, 'port'),
  log: join(place, 'server.log'),
})

/** Where the server listens beside its unix socket. */
export const loopback = '127.0.0.1'

/** The path of a socket has at most 103 bytes on some systems; a comma or a quote would end the setting. */
const canHoldSocket = (folder: string): boolean =>
  Buffer.byteLength(join(folder, '.s.PGSQL.65535')) <= 103 && !/[,'"\\]/.test(folder)

/*
 * For 2 cores and 24 GB that the API and the workers share. Durability is not for sale: fsync, full_page_writes and
 * synchronous_commit stay on, as they are by default.
 */
const settings = (socketFolder: string, port: number): string => `
listen_addresses = '${loopback}'
port = ${port}
# A unix socket costs a third less per statement than loopback.
unix_socket_directories = '${canHoldSocket(socketFolder) ? socketFolder : ''}'
# Every queue object of the Postgres transport holds two or three connections, each API and worker ten.
max_connections = 200
shared_buffers = '512MB'
effective_cache_size = '8GB'
work_mem = '16MB'
maintenance_work_mem = '256MB'
# Bulk ingest writes gigabytes: fewer, longer checkpoints keep full page images rare and the latency even.
max_wal_size = '4GB'
min_wal_size = '512MB'
checkpoint_timeout = '15min'
checkpoint_completion_target = 0.9
wal_compression = on
wal_buffers = '16MB'
# Data lies on solid state disks, where an index page costs about what a table page costs.
random_page_cost = 1.1
# Statements are short, and both cores are busy with many of them: compiling or spreading one costs more than it gives.
jit = off
max_parallel_workers_per_gather = 0
# Usage tables grow by millions of rows: look at them after 2 % of change, and let the vacuum work without long naps.
autovacuum_vacuum_insert_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.02
autovacuum_vacuum_cost_delay = '1ms'
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d %a '
log_lock_waits = on
# A statement's parameters are usage and money: they do not belong into a file.
log_parameter_max_length_on_error = 0
log_parameter_max_length = 0
`

const settingsFile = 'weir.conf'

/** Writes what the server reads when it starts; a newer Weir may bring other settings. */
export async function writeSettings(place: string, user: DatabaseUser, port: number): Promise<void> {
  const { data, port: portFile } = filesIn(place)
  const file = join(data, settingsFile)
  await writeFile(file, settings(data, port), { mode: 0o600 })
  await giveTo(user, file)
  await writeFile(portFile, `${port}\n`)
}

const isThere = async (path: string): Promise<boolean> => (await lstat(path).catch(() => undefined)) !== undefined

const run = async (user: DatabaseUser, command: string[], options: { cwd: string; stdin?: string }): Promise<void> => {
  const { code, output } = await runAs(user, command, options)
  if (code !== 0) throw new Error(`${command[0]} failed with code ${code}: ${output}`)
}

const refuseOtherMajor = async (data: string, native: Native, user: DatabaseUser): Promise<void> => {
  const made = (await readFile(join(data, 'PG_VERSION'), 'utf8')).trim()
  const { output } = await runAs(user, [native.postgres, '--version'], { cwd: '/' })
  if (!output.includes(` ${made}.`)) {
    throw new Error(`${data} was made by Postgres ${made}, and this is ${output}: ./weir reset begins anew`)
  }
}

/**
 * Makes the data folder unless it is there: UTF-8, byte order as collation (the same on every system), passwords by
 * SCRAM, and the database of Weir. A run that is cut off leaves nothing that the next one would take for finished.
 */
export async function ensureCluster(options: { place: string; user: DatabaseUser; native: Native }): Promise<void> {
  const { place, user, native } = options
  const { data, password } = filesIn(place)
  if (await isThere(data)) return refuseOtherMajor(data, native, user)
  const unfinished = `${data}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  await giveTo(user, unfinished)
  await writeFile(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
  await chmod(password, 0o600)
  await giveTo(user, password)
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const access = [`--username=${superuser}`, `--pwfile=${password}`, '--auth=scram-sha-256']
  await run(user, [native.initdb, `--pgdata=${unfinished}`, ...locale, ...access, '--no-instructions'], { cwd: place })
  const single = [native.postgres, '--single', '-D', unfinished, superuser]
  await run(user, single, { cwd: place, stdin: `create database ${databaseName}\n` })
  await appendFile(join(unfinished, 'postgresql.conf'), `\ninclude '${settingsFile}'\n`)
  await rename(unfinished, data)
}
