import { openDatabase } from '../../platform/db.ts'
import { houseScope } from '../../platform/scopes.ts'
import { findPlatform, insertPlatform } from './queries-bootstrap.ts'

/** The first administrator, made by the operator who owns the database. */
type Bootstrap = {
  readonly adminUrl: string
  readonly platformName: string
  readonly currency: string
  readonly email: string
  readonly password: string
}

/**
 * Makes the platform organization and its first administrator where there is no platform yet.
 * May run twice: the second run changes nothing. Answers whether it made them.
 */
export async function bootstrapPlatform(input: Bootstrap): Promise<{ made: boolean }> {
  const db = openDatabase({ url: input.adminUrl, name: 'weir-bootstrap', poolMax: 1, statementTimeoutMs: 30_000 })
  const passwordHash = await Bun.password.hash(input.password, 'argon2id')
  const scope = houseScope('weir_backfill')
  try {
    return await db.transaction(scope, async (tx) => {
      if (await findPlatform(tx)) return { made: false }
      await insertPlatform(tx, { ...input, passwordHash })
      return { made: true }
    })
  } finally {
    await db.close()
  }
}
