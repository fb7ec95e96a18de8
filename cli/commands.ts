import type { Command } from './cli.ts'

/** Every command and where it lives, loaded when it is called. Each is explained in `help.txt`. */
export const commands: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import('./demo/main.ts')).demo,
  up: async () => (await import('./up.ts')).up,
  test: async () => (await import('./test.ts')).test,
  check: async () => (await import('./check.ts')).check,
  bench: async () => (await import('./bench.ts')).bench,
  prove: async () => (await import('./prove.ts')).prove,
  migrate: async () => (await import('./migrate.ts')).migrateDatabase,
  verify: async () => (await import('./verify.ts')).verify,
  down: async () => (await import('./down.ts')).down,
  reset: async () => (await import('./reset.ts')).reset,
}
