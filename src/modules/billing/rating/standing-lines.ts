import { type InForce, inForceIn } from '../../../billing/in-force.ts'
import { periodStart } from '../../../billing/period.ts'
import { tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import type { RatingRules, RatingTask, UsedLine } from './input.ts'
import * as queries from './queries-standing.ts'
import type { LineKey } from './queries.ts'

/** The days on which subscriptions list a SKU that is paid for though nothing is used, by subscription and SKU. */
type Standing = ReadonlyMap<string, readonly queries.StandingRow[]>

/** Names a subscription and a SKU. */
const standingKey = ({ subscriptionId, skuId }: Pick<LineKey, 'subscriptionId' | 'skuId'>): string =>
  `${subscriptionId} ${skuId}`

/** Runs as weir_seller. Most sellers have no such price: then nothing is read. */
export async function readStanding(
  tx: Tx,
  { tenantIds }: Pick<RatingTask, 'tenantIds'>,
  skuIds: readonly string[],
): Promise<Standing> {
  if (skuIds.length === 0) return new Map()
  return Map.groupBy(await queries.listStanding(tx, tenantIds, skuIds), standingKey)
}

/** How much of its month a line's SKU was listed; undefined where nothing is due for that. */
export const inForceOf = ({ key, month }: Pick<UsedLine, 'key' | 'month'>, standing: Standing): InForce | undefined =>
  inForceIn(month, standing.get(standingKey(key)) ?? [])

/** Lines of the period for what was in force in it and not used. */
export function unusedLines(used: readonly UsedLine[], standing: Standing, period: string): UsedLine[] {
  const known = new Set(used.filter(({ month }) => month === period).map(({ key }) => standingKey(key)))
  return [...standing].flatMap(([name, listed]) => {
    const [first] = listed
    if (!first || known.has(name) || !inForceIn(period, listed)) return []
    const { tenantId, subscriptionId, skuId } = first
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
async function readEvents(
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
