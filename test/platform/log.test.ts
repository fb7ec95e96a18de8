import { expect, test } from 'bun:test'
import { openLog } from '../../src/platform/log.ts'

const recorded = () => {
  const lines: string[] = []
  const log = openLog({
    level: 'info',
    process: 'test',
    destination: { write: (line: string) => void lines.push(line) },
  })
  return { log, lines, first: () => JSON.parse(lines[0] ?? '{}') as Record<string, unknown> }
}

test('one event is one line of JSON with its fields, its level and its time', () => {
  const { log, lines, first } = recorded()
  log.child({ actor: 'u1' }).info('plan.created', { planId: 'p1', text: 'two\nlines' })
  expect(lines).toHaveLength(1)
  expect(lines[0]).toEndWith('}\n')
  expect(first()).toMatchObject({
    level: 'info',
    process: 'test',
    event: 'plan.created',
    actor: 'u1',
    planId: 'p1',
    text: 'two\nlines',
  })
  expect(first()['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
})

test('below the level nothing is written', () => {
  const { log, lines } = recorded()
  log.debug('noise')
  expect(lines).toEqual([])
})

test.each([
  ['a password', { password: 'hunter2' }],
  ['a nested token', { request: { headers: { Authorization: 'hunter2' }, accessToken: 'hunter2' } }],
  ['a secret in a list', { endpoints: [{ signingSecret: 'hunter2' }] }],
  ['a password inside a URL', { url: 'postgres://weir:hunter2@db/weir' }],
])('%s is never written', (_, fields) => {
  const { log, lines } = recorded()
  log.child(fields).warn('x', fields)
  expect(lines[0]).not.toContain('hunter2')
})

test('an error keeps type, code and cause, and loses the values bound to its query', () => {
  const { log, lines, first } = recorded()
  const cause = Object.assign(new Error('invalid input syntax for type uuid: "hunter2"'), {
    name: 'PostgresError',
    code: '22P02',
    parameters: ['hunter2'],
    args: ['hunter2'],
    detail: 'Key (code)=(hunter2) already exists.',
  })
  log.error('unhandled', { error: new Error('could not rate', { cause }) })
  expect(lines[0]).not.toContain('hunter2')
  expect(first()['error']).toMatchObject({
    type: 'Error',
    message: 'could not rate',
    cause: { type: 'PostgresError', code: '22P02', message: 'invalid input syntax for type uuid' },
  })
})
