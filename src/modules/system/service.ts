import packageJson from '../../../package.json' with { type: 'json' }
import type { Database, Scope } from '../../platform/db.ts'
import type { Metrics } from '../../platform/metrics.ts'
import { houseScope } from '../../platform/scopes.ts'
import type { Ready, Version } from './model.ts'
import { findServerVersion } from './queries.ts'

/** What the system routes look at. */
export type SystemCtx = {
  readonly db: Database
  readonly metrics: Metrics
  readonly metricsToken: string | undefined
  readonly transport: 'redis' | 'postgres'
}

/** What runs here, and on which Bun. */
export const version: Version = { name: 'weir', version: packageJson.version, bun: Bun.version }

const scope: Scope = houseScope('weir_tenant')

/** Asks the database; says which queue transport is in use. Never throws: not ready is an answer. */
export async function readiness(system: SystemCtx): Promise<Ready> {
  const found = await system.db.transaction(scope, findServerVersion).catch(() => undefined)
  const status = found === undefined ? 'unavailable' : 'ok'
  return { status, postgres: { status, version: found ?? 'unknown' }, queue: { transport: system.transport } }
}
