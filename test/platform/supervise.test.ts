import { expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { supervise } from '../../cli/supervise.ts'
import { openLog } from '../../src/platform/log.ts'

const log = openLog({ level: 'silent', process: 'test' })

const run = (script: string) => {
  const lines: string[] = []
  const waiting: (() => void)[] = []
  const onLine = (line: string): void => {
    lines.push(line)
    waiting.splice(0).forEach((wake) => wake())
  }
  const command = [process.execPath, '--no-env-file', '-e', script]
  const program = supervise({ name: 'x', command, cwd: import.meta.dir, env: {}, graceMs: 500, onLine, log })
  const until = async (count: number): Promise<string[]> => {
    while (lines.length < count) await new Promise<void>((resolve) => void waiting.push(resolve))
    return lines
  }
  return { program, until }
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a process that is killed is started again', async () => {
  const { program, until } = run(`console.log('up'); setInterval(() => {}, 1000)`)
  await until(1)
  const first = program.pid()
  process.kill(first, 'SIGKILL')
  await until(2)
  expect(program.pid()).not.toBe(first)
  await program.stop()
  expect(alive(program.pid())).toBe(false)
})

test('one that never comes up is given up', async () => {
  const { program, until } = run(`console.error('no configuration'); process.exit(1)`)
  await program.givenUp
  expect(await until(3)).toEqual(['no configuration', 'no configuration', 'no configuration'])
  await program.stop()
})

test('one that does not want to end is ended', async () => {
  const { program, until } = run(`process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000)`)
  await until(1)
  await program.stop()
  expect(alive(program.pid())).toBe(false)
})

test('when its supervisor is killed it stops by itself, in order', async () => {
  const file = (path: string): string => JSON.stringify(join(import.meta.dir, '../..', path))
  const folder = await mkdtemp(join(tmpdir(), 'weir-supervise-'))
  const closed = Bun.file(join(folder, 'closed'))
  const child = `
    import { untilSignal } from ${file('src/platform/lifecycle.ts')}
    import { openLog } from ${file('src/platform/log.ts')}
    setTimeout(() => console.log('up'), 0)
    const close = async () => void (await Bun.write(${JSON.stringify(closed.name)}, 'closed'))
    await untilSignal(close, { graceMs: 1000, log: openLog({ level: 'silent', process: 'x' }) })`
  const supervisor = `
    import { supervise } from ${file('cli/supervise.ts')}
    import { openLog } from ${file('src/platform/log.ts')}
    supervise({ name: 'x', command: [process.execPath, '-e', ${JSON.stringify(child)}], cwd: '/', env: {}, graceMs: 500,
      onLine: console.log, log: openLog({ level: 'silent', process: 'x' }) })`
  const parent = Bun.spawn([process.execPath, '--no-env-file', '-e', supervisor], { stdout: 'pipe', stderr: 'inherit' })
  await parent.stdout.getReader().read()
  expect(await closed.exists()).toBe(false)
  parent.kill('SIGKILL')
  for (const end = Date.now() + 5_000; !(await closed.exists()) && Date.now() < end;) await Bun.sleep(10)
  expect(await closed.exists()).toBe(true)
  await rm(folder, { recursive: true })
})
