import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'

/** Currencies that the viewer's edges are billed in. */
export const listCurrencies = async (tx: Tx, viewer: Actor): Promise<string[]> =>
  (
    await tx<{ currency: string }[]>`
      select distinct currency from edge where ${tx(`edge.see_${viewer.level}_id`)} = ${viewer.organizationId} order by currency`
  ).map(({ currency }) => currency)
