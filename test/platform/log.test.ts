import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
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

describe('the log of a busy service', () => {
  /** Runs a program that logs and ends in some way; answers its events as they reached stdout. */
  const said = async (program: string): Promise<unknown[]> => {
    const source = `import { openLog } from ${JSON.stringify(join(import.meta.dir, '../../src/platform/log.ts'))}
      const log = openLog({ level: 'info', process: 'test', busy: true })
      ${program}`
    const child = Bun.spawn([process.execPath, '-e', source], { stdout: 'pipe', stderr: 'inherit' })
    const text = await new Response(child.stdout).text()
    const lines = text.split('\n').filter((line) => line !== '')
    return lines.map((line) => (JSON.parse(line) as { event: unknown }).event)
  }

  test('has lost nothing when the process ends', async () => {
    expect(await said(`log.info('one'); log.child({ a: 1 }).info('two'); process.exit(1)`)).toEqual(['one', 'two'])
  })

  test('tells a warning, and what came before it, even if the process is killed with the next instruction', async () => {
    const program = `log.info('one'); log.warn('two'); log.info('three'); process.kill(process.pid, 'SIGKILL')`
    expect(await said(program)).toEqual(['one', 'two'])
  })

  test('keeps no line for longer than it takes to write some together', async () => {
    const program = `log.info('one'); setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1_000)`
    expect(await said(program)).toEqual(['one'])
  })
})
