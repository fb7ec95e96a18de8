import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bootstrapPlatform } from '../src/modules/organizations/bootstrap.ts'
import { startEmbedded } from '../src/platform/embedded.ts'
import type { Stop } from '../src/platform/lifecycle.ts'
import { migrate } from '../src/platform/migrate.ts'
import { loginPassword } from '../src/platform/secret.ts'
import { migrateQueue } from '../workers/migrate-queue.ts'
import { type Cli, Refusal } from './cli.ts'

/** A database and the secret that belongs to it. */
export type Installation = {
  readonly adminUrl: string
  readonly secret: string
  /** For people: which Postgres this is. */
  readonly postgres: string
  readonly stop: Stop
}

/** The first sign-in. */
export type FirstAdministrator = { readonly email: string; readonly password: string }

const given = (cli: Cli, name: string): string | undefined => cli.env[name]?.trim() || undefined

/** Reads a file of `home`, or makes it with fresh random text that only its owner may read. */
const keptRandom = async (cli: Cli, name: string): Promise<string> => {
  const file = join(cli.home, name)
  const kept = async (): Promise<string> => (await readFile(file, 'utf8').catch(() => '')).trim()
  const before = await kept()
  if (before) return before
  await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 })
  // Read back: of two processes that begin at once, the last writer's text is the one that both use.
  return kept()
}

/**
 * Opens what the environment names, or else the private Postgres in `.weir/<folder>` with a secret made once.
 * @throws Refusal when a database is given without its secret: a fresh one would lock everybody out.
 */
export async function openInstallation(cli: Cli, folder: string): Promise<Installation> {
  const secret = given(cli, 'WEIR_SECRET')
  if (secret !== undefined && secret.length < 32) throw new Refusal('WEIR_SECRET needs at least 32 characters')
  const databaseUrl = given(cli, 'DATABASE_URL')
  if (databaseUrl === undefined) {
    const embedded = await startEmbedded({ dir: join(cli.home, folder), log: cli.log })
    return {
      adminUrl: embedded.adminUrl,
      secret: secret ?? (await keptRandom(cli, 'secret')),
      postgres: `private Postgres ${embedded.version} in ${embedded.dataFolder}${embedded.adopted ? ', adopted' : ''}`,
      stop: () => embedded.stop(),
    }
  }
  if (!URL.canParse(databaseUrl)) throw new Refusal('DATABASE_URL is not a URL')
  if (secret === undefined) throw new Refusal('DATABASE_URL needs WEIR_SECRET beside it: .env.example explains both')
  const { host, pathname } = new URL(databaseUrl)
  return { adminUrl: databaseUrl, secret, postgres: `Postgres at ${host}${pathname}`, stop: () => undefined }
}

/** The passwords of the login roles: derived from the secret, unless the operator chose them. */
export const loginsOf = (cli: Cli, secret: string) => ({
  api: given(cli, 'WEIR_API_PASSWORD') ?? loginPassword(secret, 'weir_api'),
  worker: given(cli, 'WEIR_WORKER_PASSWORD') ?? loginPassword(secret, 'weir_worker'),
  queue: given(cli, 'WEIR_QUEUE_PASSWORD') ?? loginPassword(secret, 'weir_queue'),
})

/** The same database as another login. */
export function urlAs(adminUrl: string, login: string, password: string): string {
  const url = new URL(adminUrl)
  url.username = login
  url.password = encodeURIComponent(password)
  return url.toString()
}

const givenAdministrator = (cli: Cli): FirstAdministrator | undefined => {
  const [email, password] = [given(cli, 'WEIR_ADMIN_EMAIL'), given(cli, 'WEIR_ADMIN_PASSWORD')]
  if (email === undefined && password === undefined) return undefined
  if (email === undefined || password === undefined) {
    throw new Refusal('WEIR_ADMIN_EMAIL and WEIR_ADMIN_PASSWORD are needed together')
  }
  if (password.length < 12) throw new Refusal('WEIR_ADMIN_PASSWORD needs at least 12 characters')
  return { email, password }
}

/**
 * Who signs in first: whom the environment names; on the private Postgres else one with a password made once and kept in
 * `.weir`. A database that somebody runs gets nobody whose password nobody chose.
 */
export async function firstAdministrator(cli: Cli): Promise<FirstAdministrator | undefined> {
  const named = givenAdministrator(cli)
  if (named || given(cli, 'DATABASE_URL') !== undefined) return named
  return { email: 'admin@weir.localhost', password: await keptRandom(cli, 'admin.password') }
}

/** Brings roles, schema and queue up to the code, and makes the platform with its first administrator. May run twice. */
export async function prepareDatabase(
  cli: Cli,
  { adminUrl, secret }: Pick<Installation, 'adminUrl' | 'secret'>,
  administrator: FirstAdministrator | undefined,
): Promise<{ applied: string[] }> {
  const { applied } = await migrate({ adminUrl, logins: loginsOf(cli, secret), log: cli.log })
  await migrateQueue(adminUrl)
  if (administrator) {
    const platformName = given(cli, 'WEIR_PLATFORM_NAME') ?? 'Platform'
    const currency = given(cli, 'WEIR_PLATFORM_CURRENCY') ?? 'EUR'
    await bootstrapPlatform({ adminUrl, platformName, currency, ...administrator })
  }
  return { applied }
}
