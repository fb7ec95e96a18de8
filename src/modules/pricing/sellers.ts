import type { Actor } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invariant } from '../../platform/errors.ts'
import { notASeller } from './errors.ts'
import { findTrader, sellsAtSomeTime, type Trader } from './price-lists/queries-targets.ts'

/** True for whom documents go out in the own name: the platform and resellers (domain, Words). */
export const isSeller = ({ level, commercialModel }: Trader): boolean =>
  level === 'platform' || commercialModel === 'reseller'

/** The acting organization with its commercial model and its own currency. */
export async function ownTrader(tx: Tx, actor: Actor): Promise<Trader> {
  const trader = await findTrader(tx, actor, actor.organizationId)
  invariant(trader, 'an actor sees its own organization')
  return trader
}

/**
 * Lets who sold once bill what it sold, and who will sell make its prices.
 * @throws notASeller for tenants, and for agents that never sold and are not planned to.
 */
export async function assertSeller(tx: Tx, actor: Actor): Promise<void> {
  if (isSeller(await ownTrader(tx, actor))) return
  if (!(await sellsAtSomeTime(tx, actor))) throw notASeller()
}
