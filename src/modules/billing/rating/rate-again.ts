import { currency, type Decimal, decimal, roundToMinor } from '../../../billing/money.ts'
import { periodStart } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import { chargeAgain } from '../charges/charge-again.ts'
import { isClosed } from '../periods/queries.ts'
import { listWholeBuyers, type RatingTask, readEdges, readRules, type UsedLine } from './input.ts'
import { openShares } from './pool-lines.ts'
import { type Rated } from './rate-on-edge.ts'
import { rateUsage } from './rate-tenants.ts'

/** What is added to what was counted on a day, of either sign. */
export type QuantityChange = {
  readonly tenantId: string
  readonly subscriptionId: string
  readonly skuId: string
  readonly day: string
  readonly quantity: string
}

/** A line as it is right; the net is null where nobody can say it. */
export type RightLine = {
  readonly edgeId: string
  readonly tenantId: string
  readonly bucket: Rated['bucket']
  readonly priceListId: string | null
  readonly net: Decimal | null
  /** It is a share of what its buyer is priced for together. */
  readonly isShare: boolean
}

/** Why a tenant's month can't be rated again by itself. */
type Unratable = 'open' | 'not_summed'

/** A seller's tenant and closed month that is rated again. */
type AgainTask = Omit<RatingTask, 'tenantIds'> & { readonly tenantId: string }

/** The tenant with those whose quantities move its prices on the seller's edges: all of a buyer that is priced as a whole. As weir_seller. */
export async function pricedTogether(
  tx: Tx,
  { seller, tenantId }: Pick<AgainTask, 'seller' | 'tenantId'>,
): Promise<string[]> {
  const rules = await readRules(tx, seller)
  return rules.hasBuyerScope ? listWholeBuyers(tx, { seller, tenantIds: [tenantId] }) : [tenantId]
}

/**
 * Rates what a tenant used in a closed posting period again, and what its subscriptions were charged, at the prices of today and
 * with what was counted wrong, on the seller's sale edges, by the functions that bill it. Of others it answers the shares of
 * what their buyer is priced for together with the tenant; `changes` are theirs too. Writes nothing. Runs as weir_seller.
 */
export async function rateAgain(
  tx: Tx,
  asked: AgainTask,
  changes: readonly QuantityChange[],
): Promise<readonly RightLine[] | Unratable> {
  const { tenantId, period } = asked
  if (!(await isClosed(tx, period))) return 'open'
  const rules = await readRules(tx, asked.seller)
  const isSummed = ({ skuId }: QuantityChange) =>
    rules.aggregationOf(skuId) === 'sum' && !rules.eventSkuIds.includes(skuId)
  if (!changes.every(isSummed)) return 'not_summed'
  const task = { ...asked, tenantIds: await pricedTogether(tx, asked) }
  const edges = await readEdges(tx, task)
  if (edges.places.length === 0) return []
  const rated = (await rateUsage(tx, task, rules, edges, (used) => withChanges(used, period, changes))).filter(isSale)
  const shares = openShares(rated, () => 'waits')
  const own = edges.at({ tenantId, month: period })
  const currencies = new Map(own.map((edge) => [edge.edgeId, edge.currency]))
  const charged = (await chargeAgain(tx, { ...asked, tenantIds: [tenantId] })).filter(isSale)
  return [
    ...rated
      .filter((one) => one.tenantId === tenantId || (one.pooled && currencies.has(one.bucket.edgeId)))
      .map((one) =>
        rightLine(one.tenantId, one.pooled ? shareOf(one, shares(one)) : one, currencies, one.pooled !== undefined),
      ),
    ...charged.map((one) => rightLine(tenantId, one, currencies, false)),
  ]
}

const isSale = ({ kind }: Pick<Rated, 'kind'>): boolean => kind === 'sale'

/**
 * A line with its share; without an amount where the whole is not known. So is a late one: it came on top of what was billed, and what
 * that is by now no price says.
 */
function shareOf(line: Rated, [shared]: readonly Rated[]): Rated {
  const isKnown = shared !== undefined && shared.bucket.parkedFor === null
  return isKnown ? shared : { ...line, bucket: { ...line.bucket, unrounded: null } }
}

function rightLine(
  tenantId: string,
  { bucket, priceListId }: Pick<Rated, 'bucket' | 'priceListId'>,
  currencies: ReadonlyMap<string, string>,
  isShare: boolean,
): RightLine {
  const net = netOf(bucket, currencies.get(bucket.edgeId))
  return { edgeId: bucket.edgeId, tenantId, bucket, priceListId, net, isShare }
}

const netOf = ({ unrounded }: Rated['bucket'], code: string | undefined): Decimal | null =>
  unrounded === null || code === undefined ? null : roundToMinor(decimal(unrounded), currency(code))

function withChanges(used: UsedLine[], period: string, changes: readonly QuantityChange[]): UsedLine[] {
  const lines = [...used]
  for (const { tenantId, subscriptionId, skuId, day, quantity } of changes) {
    const key = { tenantId, subscriptionId, skuId, monthStart: periodStart(period) }
    const known = lines.find(
      (line) => line.month === period && line.key.subscriptionId === subscriptionId && line.key.skuId === skuId,
    )
    const line: UsedLine = known ?? { key, month: period, now: [], before: [] }
    if (!known) lines.push(line)
    line.now.push({
      ...key,
      regionId: nilId,
      day,
      sum: quantity,
      max: '0',
      last: '0',
      lastAt: '',
      held: '0',
      lastDay: day,
    })
  }
  return lines
}
