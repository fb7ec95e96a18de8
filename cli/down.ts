import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { stopEmbedded } from '../src/platform/embedded.ts'
import type { Cli, Command } from './cli.ts'

/** Every private Postgres of this checkout: one for `up`, others for tests, demo and benchmarks. */
export const listPrivateFolders = async (cli: Cli): Promise<string[]> => {
  const names = await readdir(cli.home)
  return names.filter((name) => name === 'postgres' || name.startsWith('postgres-')).map((name) => join(cli.home, name))
}

/** Stops every private Postgres of this checkout, whoever left it running. */
export const down: Command = async (_words, cli) => {
  for (const dir of await listPrivateFolders(cli)) {
    const wasRunning = await stopEmbedded({ dir, log: cli.log })
    cli.say(`${dir}: ${wasRunning ? 'stopped' : 'was not running'}`)
  }
  return 0
}
