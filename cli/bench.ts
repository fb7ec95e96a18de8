import { writeFile } from 'node:fs/promises'
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { benchmarks } from '../bench/all.ts'
import { type Benchmark, figure, type Finding } from '../bench/claim.ts'
import { benchEnvironment, withHouse } from '../bench/house.ts'
import { areFloorsMet, tableOf } from '../bench/table.ts'
import type { StopList } from '../src/platform/lifecycle.ts'
import { type Cli, type Command, Refusal, stoppable } from './cli.ts'

type Wanted = { readonly chosen: readonly Benchmark[]; readonly json: string | undefined }

const usage = `./weir bench [${benchmarks.map(({ name }) => name).join(' | ')} …] [--json FILE]`

function readWords(words: readonly string[]): Wanted {
  const rest = [...words]
  const at = rest.indexOf('--json')
  const [, json] = at < 0 ? [] : rest.splice(at, 2)
  if (at >= 0 && json === undefined) throw new Refusal(`--json needs the name of a file: ${usage}`)
  const unknown = rest.find((word) => !benchmarks.some(({ name }) => name === word))
  if (unknown !== undefined) throw new Refusal(`there is no benchmark "${unknown}": ${usage}`)
  return { chosen: benchmarks.filter(({ name }) => rest.length === 0 || rest.includes(name)), json }
}

/** What the numbers depend on. The load tells whether others were at work. */
const machine = () => ({
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform}-${process.arch}`,
  bun: Bun.version,
  load: loadavg().map((value) => Math.round(value * 100) / 100),
})

const machineLine = (): string => {
  const { cores, memoryGb, platform, bun, load } = machine()
  return `${cores} cores, ${memoryGb} GB, ${platform}, Bun ${bun}, load average ${load.join(' ')}`
}

async function measure(cli: Cli, chosen: Wanted['chosen'], stops: StopList, signal: AbortSignal): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { name, claim, house, run } of chosen) {
    signal.throwIfAborted()
    cli.say(`\n${name}: ${claim}\n  ${machineLine()}`)
    const startedAt = performance.now()
    const found = await withHouse(cli, house, { stops, signal }, run)
    cli.say(`${tableOf(found)}\n  ${figure((performance.now() - startedAt) / 1000)} s with everything around it`)
    findings.push(...found)
  }
  return findings
}

/** Measures what Weir claims, on a Postgres of its own made from nothing. Answers 1 when a floor is missed. */
export const bench: Command = async (words, outer) => {
  const { chosen, json } = readWords(words)
  const cli = benchEnvironment(outer)
  return stoppable(cli, async (stops, signal) => {
    const before = machine()
    const findings = await measure(cli, chosen, stops, signal)
    cli.say(`\n${tableOf(findings)}`)
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ machine: before, findings }, null, 2)}\n`)
    if (areFloorsMet(findings)) return 0
    cli.say('\nA floor is missed.')
    return 1
  })
}
