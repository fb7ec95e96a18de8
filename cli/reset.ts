import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { removeEmbedded } from '../src/platform/embedded.ts'
import { type Command, Refusal } from './cli.ts'
import { listPrivateFolders } from './down.ts'

/** Deletes every private Postgres of this checkout with its data, its secret and its administrator's password. */
export const reset: Command = async (words, cli) => {
  const folders = await listPrivateFolders(cli)
  if (folders.length === 0) cli.say('there is no private data')
  for (const folder of folders) cli.say(`deletes ${folder}`)
  if (folders.length > 0 && !words.includes('--yes')) {
    if (!process.stdin.isTTY) throw new Refusal('nobody is here to ask: ./weir reset --yes deletes without asking')
    if (prompt('Delete all of it for good? Type yes:') !== 'yes') throw new Refusal('nothing was deleted')
  }
  for (const dir of folders) await removeEmbedded({ dir, log: cli.log })
  for (const name of ['secret', 'admin.password']) await rm(join(cli.home, name), { force: true })
  return 0
}
