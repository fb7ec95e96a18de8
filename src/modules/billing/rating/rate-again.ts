import { currency, type Decimal, decimal, roundToMinor } from '../../../billing/money.ts'
import { periodStart } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import { chargeAgain } from '../charges/charge-again.ts'
import { isClosed } from '../periods/queries.ts'
import { type RatingTask, readEdges, readRules, type UsedLine } from './input.ts'
import { type Rated } from './rate-on-edge.ts'
import { rateUsage } from './rate-tenants.ts'

/** What is added to what was counted on a day, of either sign. */
export type QuantityChange = {
  readonly subscriptionId: string
  readonly skuId: string
  readonly day: string
  readonly quantity: string
}

/** A line as it is right; the net is null where nobody can say it. */
export type RightLine = {
  readonly edgeId: string
  readonly bucket: Rated['bucket']
  readonly priceListId: string | null
  readonly net: Decimal | null
  /** It is a share of what its buyer is priced for together: of one tenant its net is not known. */
  readonly isShare: boolean
}

/** Why a tenant's month can't be rated again by itself. */
type Unratable = 'open' | 'not_summed'

/**
 * Rates what a tenant used in a closed posting period again, and what its subscriptions were charged, at the prices of today and
 * with what was counted wrong, on the seller's sale edges, by the functions that bill it. What a buyer is priced for together is not known of one tenant. Writes
 * nothing. Runs as weir_seller.
 */
export async function rateAgain(
  tx: Tx,
  task: RatingTask,
  changes: readonly QuantityChange[],
): Promise<readonly RightLine[] | Unratable> {
  if (!(await isClosed(tx, task.period))) return 'open'
  const rules = await readRules(tx, task.seller)
  const isSummed = ({ skuId }: QuantityChange) =>
    rules.aggregationOf(skuId) === 'sum' && !rules.eventSkuIds.includes(skuId)
  if (!changes.every(isSummed)) return 'not_summed'
  const edges = await readEdges(tx, task)
  if (edges.places.length === 0) return []
  const [tenantId = nilId] = task.tenantIds
  const rated = await rateUsage(tx, task, rules, edges, (used) => withChanges(used, tenantId, task.period, changes))
  const charged = await chargeAgain(tx, task)
  const currencies = new Map(edges.at({ tenantId, month: task.period }).map((edge) => [edge.edgeId, edge.currency]))
  return [...rated, ...charged]
    .filter(({ kind }) => kind === 'sale')
    .map((line) => {
      const { edgeId } = line.bucket
      const isShare = 'pooled' in line && line.pooled !== undefined
      const net = isShare ? null : netOf(line.bucket, currencies.get(edgeId))
      return { edgeId, bucket: line.bucket, priceListId: line.priceListId, net, isShare }
    })
}

const netOf = ({ unrounded }: Rated['bucket'], code: string | undefined): Decimal | null =>
  unrounded === null || code === undefined ? null : roundToMinor(decimal(unrounded), currency(code))

function withChanges(
  used: UsedLine[],
  tenantId: string,
  period: string,
  changes: readonly QuantityChange[],
): UsedLine[] {
  const lines = [...used]
  for (const { subscriptionId, skuId, day, quantity } of changes) {
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
