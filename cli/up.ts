import type { StopList } from '../src/platform/lifecycle.ts'
import { type Cli, type Command, Refusal, stoppable } from './cli.ts'
import { type House, openHouse } from './house.ts'
import { firstAdministrator, type FirstAdministrator } from './installation.ts'

const workerCount = (cli: Cli): number => {
  const text = cli.env['WEIR_WORKERS']?.trim() || '1'
  if (!/^[1-9]\d?$/.test(text)) throw new Refusal('WEIR_WORKERS must be a whole number from 1 to 99')
  return Number(text)
}

const signInOf = (cli: Cli, administrator: FirstAdministrator | undefined): string => {
  if (!administrator) return 'as it was set up (WEIR_ADMIN_EMAIL and WEIR_ADMIN_PASSWORD make the first one)'
  const isChosen = Boolean(cli.env['WEIR_ADMIN_EMAIL']?.trim())
  return `${administrator.email}, password ${isChosen ? 'as given' : 'in .weir/admin.password'}`
}

const banner = (house: House, signIn: string): string => `
  Weir is up         ${house.url}
  docs of the API    ${house.url}/swagger
  Postgres           ${house.installation.postgres}
  queue transport    ${house.transport}
  sign-in            ${signIn}

  Ctrl-C stops everything.
`

const untilAborted = (signal: AbortSignal): Promise<number> => {
  const { promise, resolve } = Promise.withResolvers<number>()
  signal.addEventListener('abort', () => resolve(0), { once: true })
  return promise
}

/** Runs API and workers on the given or the private Postgres until a signal comes, and stops all of it in order. */
export const up: Command = async (_words, cli) => {
  const workers = workerCount(cli)
  const administrator = await firstAdministrator(cli)
  const onLine = (name: string, line: string): void => cli.say(`${name.padEnd(9)}| ${line}`)
  const run = async (stops: StopList, signal: AbortSignal): Promise<number> => {
    const house = await openHouse(cli, { folder: 'postgres', administrator, workers, onLine, stops, signal })
    cli.say(banner(house, signInOf(cli, administrator)))
    const fell = house.fallen.then((name) => {
      cli.log.error('program.given_up', { name })
      return 1
    })
    return Promise.race([fell, untilAborted(signal)])
  }
  return stoppable(cli, run, 0)
}
