import type { Handler } from '../src/platform/work.ts'

/** Everything that this version of the workers can do. */
export const handlers: readonly Handler[] = []
