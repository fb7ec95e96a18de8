import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Cli, Command } from './cli.ts'

type Step = { readonly name: string; readonly command: readonly string[] }

const bun = process.execPath
/** A tool of node_modules, run by this Bun: no other JavaScript runtime needs to be there. */
const tool = (name: string, ...words: string[]): string[] => [bun, '--bun', 'x', '--no-install', name, ...words]

const folders = ['src', 'jobs', 'workers', 'cli', 'test', 'bench']

const stepsFor = (cli: Cli): Step[] => {
  const present = folders.filter((folder) => existsSync(join(cli.root, folder)))
  const openapi = 'test/openapi.json'
  const lintOpenapi = tool('spectral', 'lint', '--fail-severity=warn', '--ruleset', '.spectral.yaml', openapi)
  return [
    { name: 'format', command: [bun, 'fmt', '--check', ...present.map((folder) => `${folder}/**/*.ts`)] },
    { name: 'lint', command: tool('oxlint', '--type-aware', '--deny-warnings') },
    { name: 'types', command: tool('tsc') },
    { name: 'tidy', command: [bun, '--no-env-file', 'test', '--isolate', './test/tidy.test.ts'] },
    ...(existsSync(join(cli.root, openapi)) ? [{ name: 'openapi', command: lintOpenapi }] : []),
  ]
}

/** Everything that can be said of the code without running it. All steps run; one that fails makes the answer 1. */
export const check: Command = async (_words, cli) => {
  const failed: string[] = []
  for (const { name, command } of stepsFor(cli)) {
    const startedAt = performance.now()
    const child = Bun.spawn([...command], { cwd: cli.root, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
    const said = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
    const code = await child.exited
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    cli.say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${seconds} s`)
    if (code === 0) continue
    failed.push(name)
    cli.say((await said).join('\n').trim())
  }
  cli.say(failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`)
  return failed.length === 0 ? 0 : 1
}
