/** Where a server listens on a unix socket, its folder stands in the place of the host, percent-encoded, as libpq reads it. */
const encodedFolder = /^%2f/i

/** A URL of Postgres: with `host` it names the folder of a unix socket. */
export const postgresUrl = (parts: {
  readonly user: string
  readonly password: string
  readonly host: string
  readonly port: number
  readonly database: string
}): string =>
  `postgres://${encodeURIComponent(parts.user)}:${encodeURIComponent(parts.password)}@${encodeURIComponent(parts.host)}:${parts.port}/${parts.database}`

/** What postgres.js must be told beside the URL: it does not read the folder of a unix socket from there. */
export function hostOf(url: string): { readonly host: string } | Record<string, never> {
  const { hostname } = new URL(url)
  return encodedFolder.test(hostname) ? { host: decodeURIComponent(hostname) } : {}
}
