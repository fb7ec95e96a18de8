import { periodStart } from '../../billing/period.ts'
import { tierRole } from '../../platform/context.ts'
import { switchRole, type Tx } from '../../platform/db.ts'
import type { ServiceSpan } from './commitments.ts'
import * as queries from './queries-standing.ts'
import type { LineKey } from './queries-rating.ts'
import type { RatingRules, RatingTask, UsedLine } from './rating-input.ts'

/** The subscriptions whose plan lists a SKU that is paid for though nothing is used, by `standingKey`. */
export type Standing = ReadonlyMap<string, ServiceSpan & Pick<LineKey, 'tenantId' | 'subscriptionId' | 'skuId'>>

/** Names a subscription and a SKU. */
export const standingKey = ({ subscriptionId, skuId }: Pick<LineKey, 'subscriptionId' | 'skuId'>): string =>
  `${subscriptionId} ${skuId}`

/** Runs as weir_seller. Most sellers have no such price: then nothing is read. */
export async function readStanding(
  tx: Tx,
  { tenantIds }: Pick<RatingTask, 'tenantIds'>,
  skuIds: readonly string[],
): Promise<Standing> {
  if (skuIds.length === 0) return new Map()
  return new Map((await queries.listStanding(tx, tenantIds, skuIds)).map((row) => [standingKey(row), row]))
}

/** Lines of the period for what was in force in it and not used. */
export function unusedLines(used: readonly UsedLine[], standing: Standing, period: string): UsedLine[] {
  const known = new Set(used.filter(({ month }) => month === period).map(({ key }) => standingKey(key)))
  return [...standing].flatMap(([name, { tenantId, subscriptionId, skuId }]) => {
    if (known.has(name)) return []
    const key = { tenantId, subscriptionId, skuId, monthStart: periodStart(period) }
    return { key, month: period, now: [], before: [] }
  })
}

/**
 * Adds the single events to the lines of SKUs that some price looks at them of. Read as the seller's tier, so that nobody
 * rates another branch; goes on as weir_seller.
 */
export async function addEvents(
  tx: Tx,
  { seller, period }: RatingTask,
  { eventSkuIds, cuts }: RatingRules,
  lines: readonly UsedLine[],
): Promise<void> {
  const wanted = lines.filter(
    ({ key, now, before }) => eventSkuIds.includes(key.skuId) && now.length + before.length > 0,
  )
  if (wanted.length === 0) return
  await switchRole(tx, tierRole(seller.level))
  await readEvents(tx, seller, { lines: wanted, period }, cuts.regionIds)
  await switchRole(tx, 'weir_seller')
}

/** As `addEvents`, in the viewer's role. */
export async function readEvents(
  tx: Tx,
  viewer: RatingTask['seller'],
  { lines, period }: { readonly lines: readonly UsedLine[]; readonly period: string },
  regionIds: readonly string[],
): Promise<void> {
  const rows = await queries.listEvents(tx, viewer, { keys: lines.map(({ key }) => key), period }, regionIds)
  const byLine = Map.groupBy(rows, (row) => `${standingKey(row)} ${row.monthStart}`)
  for (const line of lines) {
    const own = byLine.get(`${standingKey(line.key)} ${line.key.monthStart}`) ?? []
    line.events = {
      now: own.filter((row) => row.posting === period),
      before: own.filter((row) => row.posting < period),
    }
  }
}
