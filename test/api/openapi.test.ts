import { describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { testApi } from '../support/api.ts'
import { admin, testDatabase } from '../support/database.ts'
import { reviewed } from '../support/snapshot.ts'

const { app, call } = testApi(await testDatabase())
const root = resolve(import.meta.dir, '../..')

test('the document is the reviewed one (WEIR_UPDATE=1 ./weir test openapi writes it anew)', async () => {
  const { body } = await call('GET', '/swagger.json')
  const present = `${JSON.stringify(body, null, 2)}\n`
  expect(present).toBe(await reviewed('openapi.json', present))
})

describe('a client generated from the document', () => {
  const run = async (command: string[], cwd: string) => {
    const child = Bun.spawn(command, { cwd, stdout: 'pipe', stderr: 'pipe' })
    const output = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text())
    return { code: await child.exited, output }
  }

  test(
    'compiles under strict rules and signs in over a socket',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'weir-client-'))
      const server = app.listen({ port: 0, hostname: '127.0.0.1' })
      try {
        const config = `export default { weir: { input: ${JSON.stringify(join(root, 'test/openapi.json'))},
          output: { target: './client.ts', client: 'fetch', mode: 'single', baseUrl: 'http://127.0.0.1:${server.server?.port}' } } }`
        await Bun.write(join(folder, 'orval.config.mjs'), config)
        const generated = await run([process.execPath, join(root, 'node_modules/.bin/orval')], folder)
        expect(generated).toMatchObject({ code: 0 })
        await Bun.write(join(folder, 'use.ts'), useOf(admin))
        const types = [
          '--ignoreConfig',
          '--noEmit',
          '--strict',
          '--skipLibCheck',
          '--module',
          'preserve',
          '--target',
          'esnext',
          '--lib',
          'esnext,dom',
          '--types',
          '',
        ]
        const compiled = await run([join(root, 'node_modules/.bin/tsc'), ...types, 'client.ts'], folder)
        expect(compiled).toEqual({ code: 0, output: '' })
        const used = await run([process.execPath, 'use.ts'], folder)
        expect(used).toEqual({ code: 0, output: 'platform\n' })
      } finally {
        await server.stop(true)
        await rm(folder, { recursive: true, force: true })
      }
    },
    { timeout: 60_000 },
  )
})

const useOf = (who: { email: string; password: string }) => `
import { signIn, whoAmI } from './client.ts'
const session = await signIn(${JSON.stringify(who)})
if (session.status !== 200) throw new Error(String(session.status))
const me = await whoAmI({ headers: { authorization: 'Bearer ' + session.data.accessToken } })
console.log(me.status === 200 ? me.data.level : me.status)
`
