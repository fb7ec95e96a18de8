import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { embeddedStatus, removeEmbedded } from '../../src/platform/embedded.ts'
import type { StopList } from '../../src/platform/lifecycle.ts'
import { type Cli, type Command, Refusal, stoppable } from '../cli.ts'
import { type House, openHouse } from '../house.ts'
import { readBooks } from './books.ts'
import { periodOf, previousPeriod } from './calendar.ts'
import { emailOf, password, regions } from './channel.ts'
import { type Caller, listAll, signIn } from './client.ts'
import { billMonth, closeMonth, payMonth, postMonth } from './month.ts'
import { isBalanced, type Outcome, pageOf } from './page.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import { type Channel, need, seedChannel } from './seed.ts'

const folder = 'postgres-demo'
const workers = 2

/** The demo brings its own Postgres and people; a Redis that is named is used. */
const demoEnvironment = (cli: Cli): Cli => {
  const ours = /^(?:DATABASE_URL|QUEUE_DATABASE_URL|WEIR_(?:SECRET|ADMIN_.*|PLATFORM_.*|.*_PASSWORD|WEBHOOK_ALLOW))$/
  return { ...cli, env: Object.fromEntries(Object.entries(cli.env).filter(([name]) => !ours.test(name))) }
}

/** Starts from nothing, always. @throws Refusal while another demo is up: its data is not ours to delete. */
async function cleanState(cli: Cli): Promise<void> {
  const dir = join(cli.home, folder)
  const { state } = await embeddedStatus(dir)
  if (state === 'running') throw new Refusal('a demo is up already, or was killed: ./weir down stops it')
  if (state === 'stopped') await removeEmbedded({ dir, log: cli.log })
}

type Step = { name: string; seconds: number }

/** Remembers how long each step took. */
function stopwatch() {
  const steps: Step[] = []
  const time = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now()
    const result = await work()
    steps.push({ name, seconds: (performance.now() - startedAt) / 1000 })
    return result
  }
  return { steps, time }
}

async function openDemoHouse(cli: Cli, receiver: Receiver, stops: StopList, signal: AbortSignal): Promise<House> {
  await mkdir(cli.home, { recursive: true })
  const logFile = createWriteStream(join(cli.home, 'demo.log'))
  stops.add('log file', () => void logFile.end())
  const onLine = (name: string, line: string): void => void logFile.write(`${name} ${line}\n`)
  const administrator = { email: emailOf('platform'), password }
  const more = { WEIR_WEBHOOK_ALLOW: receiver.target }
  return openHouse(cli, { folder, administrator, workers, onLine, more, stops, signal })
}

const listenedTo = ['platform', 'nordlicht', 'blueridge', 'hafen']
const eventTypes = [
  'usage.batch.completed',
  'period.closed',
  'billing.run.completed',
  'invoice.issued',
  'commission.run.completed',
  'job.failed',
]

async function registerReceiver(caller: Caller, receiver: Receiver): Promise<void> {
  const { secret } = await caller.post<{ secret: string }>('/webhooks', { url: receiver.url, events: eventTypes })
  receiver.trust(secret)
}

/** Waits until finance has heard of everything that there is to hear. */
async function untilHeard(channel: Channel, receiver: Receiver, signal: AbortSignal): Promise<void> {
  const mine = (event: { type: string }) => eventTypes.includes(event.type)
  for (const end = Date.now() + 60_000; Date.now() < end; await Bun.sleep(100)) {
    signal.throwIfAborted()
    const lists = await Promise.all(
      listenedTo.map((key) => listAll<{ type: string }>(need(channel.callers, key), '/events')),
    )
    const raised = lists.flat().filter(mine).length
    const heard = Object.values(receiver.counts()).reduce((total, count) => total + count, 0)
    if (heard >= raised) return
  }
  throw new Refusal('not every webhook arrived within a minute: .weir/demo.log says why')
}

async function runMonth(cli: Cli, house: House, receiver: Receiver, signal: AbortSignal): Promise<Outcome> {
  const { url, transport } = house
  const period = previousPeriod(periodOf(new Date()))
  const { steps, time } = stopwatch()
  cli.say(`\nWeir is up at ${url} on ${house.installation.postgres}, queue on ${transport}. It bills ${period}.\n`)
  const api = { url, signal }
  const platform = await signIn(api, emailOf('platform'), password)
  await registerReceiver(platform, receiver)
  const channel = await time('seeding the channel', () => seedChannel(api, platform, period))
  for (const key of listenedTo.slice(1)) await registerReceiver(need(channel.callers, key), receiver)
  const posted = []
  for (const { code } of regions) {
    signal.throwIfAborted()
    posted.push(await time(`usage of ${code}`, () => postMonth(channel.service, code, period)))
  }
  await time('closing the month', () => closeMonth(platform, period))
  const documents = await time('billing runs', () => billMonth(channel, period))
  await time('commission runs', () => payMonth(channel, period))
  await time('webhooks', () => untilHeard(channel, receiver, signal))
  const books = await time('reading the books', () => readBooks(channel, period))
  const webhooks = { counts: receiver.counts(), refused: receiver.refused() }
  return { url, period, transport, posted, documents, books, webhooks, steps }
}

/** The main job on a machine with nothing: a month of usage of a small channel, billed through the real API. */
export const demo: Command = async (words, outer) => {
  const unknown = words.find((word) => word !== '--once')
  if (unknown !== undefined) throw new Refusal('demo takes --once and nothing else')
  const cli = demoEnvironment(outer)
  await cleanState(cli)
  return stoppable(
    cli,
    async (stops, signal) => {
      const receiver = startReceiver()
      stops.add('receiver', () => receiver.stop())
      const house = await openDemoHouse(cli, receiver, stops, signal)
      const outcome = await runMonth(cli, house, receiver, signal)
      const isOnce = words.includes('--once')
      cli.say(pageOf(outcome, !isOnce))
      if (!isBalanced(outcome.books)) return 1
      if (isOnce) return 0
      cli.say('\nEverything stays up until Ctrl-C. A second ./weir demo starts from nothing again.')
      return Promise.race([house.fallen.then(() => 1), whenAborted(signal)])
    },
    0,
  )
}

const whenAborted = (signal: AbortSignal): Promise<number> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(0), { once: true }))
