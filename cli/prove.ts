import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cli, type Command, Refusal } from './cli.ts'
import { progressBar } from './progress.ts'
import { type Mutant, mutants } from './prove-mutants.ts'

const usage = './weir prove [mutants] [properties] [races]'
/** There are some fifty properties: together more than a million runs. */
const runsPerProperty = 25_000
const raceRuns = 5

/** What is shown of a part of the proof: how much of it held, and what did not. */
type Proof = { readonly held: number; readonly broken: readonly string[] }

/** How long a mutant may keep its tests busy: one that never ends has been noticed too. */
const mutantTimeoutMs = 120_000
/** A busy machine must not look like a noticed mutant. */
const testTimeout = '--timeout=60000'

const copied = ['src', 'jobs', 'workers', 'cli', 'test', 'package.json', 'bunfig.toml', 'tsconfig.json']

/** A copy of the tree that may be spoiled; the dependencies are the same ones. */
async function copyTree(cli: Cli): Promise<string> {
  const place = join(cli.home, 'prove')
  await rm(place, { recursive: true, force: true })
  await mkdir(place, { recursive: true })
  for (const name of copied) await cp(join(cli.root, name), join(place, name), { recursive: true })
  await symlink(join(cli.root, 'node_modules'), join(place, 'node_modules'))
  return place
}

const passes = async (place: string, tests: readonly string[]): Promise<boolean> => {
  const files = tests.map((name) => `./test/billing/${name}.test.ts`)
  const child = Bun.spawn([process.execPath, '--no-env-file', 'test', '--isolate', '--bail', testTimeout, ...files], {
    cwd: place,
    env: { PATH: process.env['PATH'] ?? '', WEIR_SHARED: process.env['WEIR_SHARED'] ?? '' },
    stdio: ['ignore', 'ignore', 'ignore'],
    timeout: mutantTimeoutMs,
  })
  return (await child.exited) === 0
}

/** Puts one lie into the source and answers whether its tests noticed it. */
async function isNoticed(place: string, { file, from, to, tests }: Mutant): Promise<boolean> {
  const path = join(place, 'src/billing', `${file}.ts`)
  const source = await readFile(path, 'utf8')
  await writeFile(
    path,
    source.replace(from, () => to),
  )
  const passed = await passes(place, tests)
  await writeFile(path, source)
  return !passed
}

async function proveMutants(cli: Cli): Promise<Proof> {
  const place = await copyTree(cli)
  const bar = progressBar('mutants', mutants.length, 'mutants')
  const survivors: string[] = []
  const untouched = [...new Set(mutants.flatMap(({ tests }) => tests))]
  if (!(await passes(place, untouched))) throw new Refusal('the tests are red without any mutant: ./weir test billing/')
  for (const [index, mutant] of mutants.entries()) {
    if (!(await isNoticed(place, mutant))) survivors.push(`src/billing/${mutant.file}.ts: ${mutant.name}`)
    bar.at(index + 1)
  }
  bar.end()
  await rm(place, { recursive: true, force: true })
  return { held: mutants.length - survivors.length, broken: survivors }
}

/** Runs our own tests with more rounds; they show their own progress. */
const runTests = async (
  cli: Cli,
  words: readonly string[],
  more: Readonly<Record<string, string>>,
): Promise<boolean> => {
  const child = Bun.spawn([join(cli.root, 'weir'), 'test', ...words], {
    cwd: cli.root,
    env: { ...process.env, ...more },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return (await child.exited) === 0
}

async function proveProperties(cli: Cli): Promise<Proof> {
  const words = ['billing/', 'properties/', '--timeout=3600000']
  const held = await runTests(cli, words, { WEIR_FUZZ_RUNS: String(runsPerProperty) })
  return { held: held ? 1 : 0, broken: held ? [] : ['a property: its counterexample is above'] }
}

async function proveRaces(cli: Cli): Promise<Proof> {
  const bar = progressBar('races', raceRuns, 'runs')
  let held = 0
  for (let run = 1; run <= raceRuns; run += 1) {
    if (await runTests(cli, ['races/'], {})) held += 1
    bar.at(run)
  }
  bar.end()
  return { held, broken: held === raceRuns ? [] : [`${raceRuns - held} of ${raceRuns} runs of the races`] }
}

const proofs: Readonly<Record<string, (cli: Cli) => Promise<Proof>>> = {
  mutants: proveMutants,
  properties: proveProperties,
  races: proveRaces,
}

/**
 * Proves by hand what takes too long for every change: that no small lie in the rules goes unnoticed, a million runs of the
 * properties, and the races again and again. Names what survived; changes nothing but a copy below `.weir`.
 */
export const prove: Command = async (words, cli) => {
  const unknown = words.find((word) => !Object.hasOwn(proofs, word))
  if (unknown !== undefined) throw new Refusal(`it is called as ${usage}`)
  const wanted = Object.entries(proofs).filter(([name]) => words.length === 0 || words.includes(name))
  let broken = 0
  for (const [name, run] of wanted) {
    const proof = await run(cli)
    cli.say(`  ${proof.broken.length === 0 ? 'ok    ' : 'BROKEN'}  ${name.padEnd(12)} ${proof.held} held`)
    for (const one of proof.broken) cli.say(`            survived: ${one}`)
    broken += proof.broken.length
  }
  cli.say(broken === 0 ? 'Everything is proven.' : `Not proven: ${broken}`)
  return broken === 0 ? 0 : 1
}
