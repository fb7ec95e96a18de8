import { join } from 'node:path'
import { answerOf, type Call, requestOf } from './api.ts'
import { admin, type TestDatabase, testSecret } from './database.ts'
import { until } from './until.ts'
import { redisUrl } from './worker.ts'

const root = join(import.meta.dir, '../..')

/** A process of the product, started as an operator would. */
type HouseProcess = {
  readonly pid: number
  /** Its log so far, line by line. */
  readonly log: () => Record<string, unknown>[]
  readonly kill: (signal: NodeJS.Signals) => Promise<number>
}

/** The API and workers of one test database as processes of their own, reached over a socket. */
type LiveHouse = {
  readonly url: string
  readonly call: Call
  readonly signIn: (who?: { email: string; password: string }) => Promise<string>
  readonly startWorker: () => Promise<HouseProcess>
}

const settings = (database: TestDatabase): Record<string, string> => ({
  TZ: 'UTC',
  WEIR_SECRET: testSecret,
  WEIR_REQUESTS_PER_MINUTE: '0',
  WEIR_WEBHOOK_ALLOW: '127.0.0.0/8',
  WEIR_HTTP_PORT: '0',
  ...(redisUrl ? { REDIS_URL: redisUrl } : { QUEUE_DATABASE_URL: database.queueUrl }),
})

function start(database: TestDatabase, file: string, env: Record<string, string>): HouseProcess {
  const child = Bun.spawn([process.execPath, '--no-env-file', join(root, file)], {
    env,
    stdout: 'pipe',
    stderr: 'inherit',
    // Carries nothing: its end tells the process that the test is gone.
    ipc: () => undefined,
  })
  let said = ''
  void (async () => {
    const decoder = new TextDecoder()
    for await (const part of child.stdout) said += decoder.decode(part, { stream: true })
  })()
  const kill = async (signal: NodeJS.Signals): Promise<number> => {
    child.kill(signal)
    return child.exited
  }
  database.beforeDrop(async () => void (await kill('SIGKILL')))
  const log = () =>
    said
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  return { pid: child.pid, log, kill }
}

const untilSaid = (one: HouseProcess, event: string) =>
  until(() => one.log().find((line) => line['event'] === event), 30_000)

/** Starts the API and answers when it listens; everything is killed before the database is dropped. */
export async function liveHouse(database: TestDatabase): Promise<LiveHouse> {
  const api = start(database, 'src/main.ts', { ...settings(database), DATABASE_URL: database.apiUrl })
  const { port } = await untilSaid(api, 'api.listening')
  const url = `http://localhost:${String(port)}`
  const call: Call = async (method, path, options = {}) => {
    const request = requestOf(method, path, options)
    return answerOf(await fetch(new Request(`${url}${path}`, request)))
  }
  const signIn = async (who = admin): Promise<string> => {
    const { status, body } = await call('POST', '/api/v1/auth/login', { body: who })
    if (status !== 200) throw new Error(`sign-in answered ${status}`)
    return body.accessToken as string
  }
  const startWorker = async (): Promise<HouseProcess> => {
    const worker = start(database, 'workers/main.ts', { ...settings(database), DATABASE_URL: database.workerUrl })
    await untilSaid(worker, 'worker.started')
    return worker
  }
  return { url, call, signIn, startWorker }
}
