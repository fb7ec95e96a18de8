import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { stopList } from '../../src/platform/lifecycle.ts'
import { openLog } from '../../src/platform/log.ts'

const silent = openLog({ level: 'silent', process: 'test' })
const lifecycle = join(import.meta.dir, '../../src/platform/lifecycle.ts')
const logFile = join(import.meta.dir, '../../src/platform/log.ts')

/** A process that is up, waits for a signal, and closes as `close` (a function's source) says. */
const launch = async (close: string, more = 'graceMs: 5000') => {
  const source = `
    import { untilSignal } from ${JSON.stringify(lifecycle)}
    import { openLog } from ${JSON.stringify(logFile)}
    setTimeout(() => console.log('up'), 0)
    await untilSignal(${close}, { log: openLog({ level: 'info', process: 'x' }), ${more} })`
  const child = Bun.spawn([process.execPath, '--no-env-file', '-e', source], { stdout: 'pipe', stderr: 'inherit' })
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader()
  let output = ''
  const readTo = async (text: string): Promise<string> => {
    while (!output.includes(text)) {
      const { value, done } = await reader.read()
      if (done) break
      output += value
    }
    return output
  }
  await readTo('up')
  return { child, readTo, exit: async () => ({ code: await child.exited, output: await readTo('\0') }) }
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s closes once, in order, and exits with 0', async (signal) => {
  const { child, exit } = await launch(`async () => { console.log('closed') }`)
  child.kill(signal)
  const { code, output } = await exit()
  expect(code).toBe(0)
  expect(output.match(/closed/g)).toHaveLength(1)
})

test('closing longer than the grace time exits with 1', async () => {
  const { child, exit } = await launch('() => new Promise(() => {})', 'graceMs: 50')
  child.kill('SIGTERM')
  const { code, output } = await exit()
  expect(code).toBe(1)
  expect(output).toContain('process.stop_took_too_long')
})

test('a failing close exits with 1 and says why', async () => {
  const { child, exit } = await launch(`async () => { throw new Error('the pool did not end') }`)
  child.kill('SIGTERM')
  const { code, output } = await exit()
  expect(code).toBe(1)
  expect(output).toContain('the pool did not end')
})

test('a second signal exits at once', async () => {
  const { child, readTo, exit } = await launch('() => new Promise(() => {})', 'graceMs: 600000')
  child.kill('SIGINT')
  await readTo('process.stopping')
  child.kill('SIGINT')
  expect((await exit()).code).toBe(1)
})

test('a process may end by itself and keeps its exit code', async () => {
  const { exit } = await launch(`async () => { console.log('closed') }`, 'graceMs: 5000, ended: Promise.resolve(3)')
  const { code, output } = await exit()
  expect(code).toBe(3)
  expect(output).toContain('closed')
})

test.each([
  ['an exception', `throw new Error('a bug')`],
  ['a rejection', `void Promise.reject(new Error('a bug'))`],
])('%s that nobody caught ends the process with 1, although its main module still waits', async (_, bug) => {
  const { exit } = await launch('async () => {}', `graceMs: 5000, unused: setTimeout(() => { ${bug} }, 20)`)
  const { code, output } = await exit()
  expect(code).toBe(1)
  expect(output).toContain('"event":"process.bug"')
})

test('parts stop last started first, once, and one that fails does not keep the others running', async () => {
  const order: string[] = []
  const stops = stopList(silent)
  stops.add('database', () => void order.push('database'))
  stops.add('queue', () => {
    order.push('queue')
    throw new Error('stuck')
  })
  stops.add('server', async () => void order.push('server'))
  const first = stops.close()
  expect(stops.close()).toBe(first)
  expect(first).rejects.toThrow('not everything stopped')
  await first.catch(() => undefined)
  expect(order).toEqual(['server', 'queue', 'database'])
})
