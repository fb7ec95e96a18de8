import { expect, test } from 'bun:test'
import { newId } from '../../src/platform/ids.ts'
import { testApi } from '../support/api.ts'
import { refusalOf } from '../support/catalog.ts'
import { testDatabase } from '../support/database.ts'

// What Postgres can't hold in a text is no text of ours: the caller is told where it is, wherever it stands.

const api = testApi(await testDatabase())
const token = await api.signIn()

type Schema = { type?: string; const?: unknown; enum?: unknown; $ref?: string; anyOf?: Schema[] }
type Parameter = { in: string; name: string; schema: Schema }
type Operation = {
  parameters?: Parameter[]
  requestBody?: { content: Record<string, { schema: Schema & { properties?: Record<string, Schema> } }> }
}
const { body: document } = await api.call('GET', '/swagger.json')
const paths = Object.entries(document.paths as Record<string, Record<string, Operation>>)
const schemas = document.components.schemas as Record<string, Schema>
const read = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {})
const isText = (schema: Schema): boolean =>
  schema.type === 'string' && schema.const === undefined && schema.enum === undefined
const placed = (path: string): string =>
  path
    .replace('{period}', '2024-09')
    .replace('{line}', '1')
    .replace('{table}', 'invoices')
    .replace(/\{\w+\}/g, newId())

test('422 for U+0000 in any text of a query, and never 500', async () => {
  const answers: string[] = []
  let asked = 0
  for (const [path, { get }] of paths) {
    for (const { name, schema } of (get?.parameters ?? []).filter((one) => one.in === 'query')) {
      if (!isText(read(schema))) continue
      asked += 1
      const query = `${encodeURIComponent(name)}=a%00b${path.includes('/billing/') && name !== 'period' ? '&period=2024-09' : ''}`
      const { status, body } = await api.call('GET', `${placed(path)}?${query}`, { token })
      const pointers = body.errors?.map(({ pointer }: { pointer: string }) => pointer) ?? []
      if (status !== 422 || !pointers.includes(`/query/${name}`)) answers.push(`${path}?${name} ${status} ${pointers}`)
    }
  }
  expect(answers).toEqual([])
  expect(asked).toBeGreaterThan(100)
})

/** Numbers in text are read when the shape of the whole is right. */
const numbers = new Set(['percent', 'amount'])

test('422 for U+0000 in any text of a body, and never 500', async () => {
  const answers: string[] = []
  for (const [path, operations] of paths) {
    for (const [method, { requestBody }] of Object.entries(operations)) {
      const schema = requestBody?.content['application/json']?.schema
      if (!schema) continue
      const { properties = {} } = read(schema) as typeof schema
      for (const [name, property] of Object.entries(properties)) {
        if (!isText(read(property)) || numbers.has(name)) continue
        const call = { token, body: { [name]: 'a\u0000bcdefghijklmnopqrstuvwxyz' }, headers: { 'if-match': '"1"' } }
        const { status, body } = await api.call(method.toUpperCase(), placed(path), call)
        const pointers = body.errors?.map(({ pointer }: { pointer: string }) => pointer) ?? []
        if (status !== 403 && (status !== 422 || !pointers.includes(`/${name}`)))
          answers.push(`${method} ${path} ${name} ${status} ${pointers}`)
      }
    }
  }
  expect(answers).toEqual([])
})

test('422 for a day that no calendar has, where edges are looked for', async () => {
  const { status, body } = await api.call('GET', '/api/v1/edges?on=2024-02-30', { token })
  expect(refusalOf({ status, body, headers: new Headers() })).toEqual({
    status: 422,
    code: 'day.invalid',
    pointers: ['/query/on'],
  })
})
