import { openCli, report } from './cli.ts'
import { commands } from './commands.ts'

const [name = 'help', ...words] = process.argv.slice(2)
const load = commands[name]
if (!load) {
  console.error(`weir: there is no command "${name}": ./weir help lists them`)
  process.exit(2)
}
const cli = openCli(process.env)
const command = await load()
process.exit(await command(words, cli).catch((error: unknown) => report(cli, error)))
