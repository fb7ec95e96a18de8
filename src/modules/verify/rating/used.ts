import type { Aggregation } from '../../../billing/aggregate.ts'
import type { LineUsage } from '../../../billing/line-parts.ts'
import { periodOfDay } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import * as queries from './queries-used.ts'

/** A line with its usage, for the month that its first day begins. */
export type UsedLine = { readonly key: queries.LineKey; readonly month: string; readonly usage: LineUsage }

type Wanted = {
  readonly period: string
  readonly tenantIds: readonly string[]
  readonly apart: queries.Apart
  readonly aggregationOf: (skuId: string) => Aggregation
  /** Whether a price that a line may have looks at single records. */
  readonly countsSingly: (skuId: string) => boolean
}

const nameOf = ({ subscriptionId, skuId, monthStart }: queries.LineKey): string =>
  `${subscriptionId} ${skuId} ${monthStart}`

/** How SKUs add up. */
export async function readAggregations(tx: Tx): Promise<(skuId: string) => Aggregation> {
  const known = new Map((await queries.listAggregations(tx)).map(({ id, aggregation }) => [id, aggregation]))
  return (skuId) => known.get(skuId) ?? 'sum'
}

/** What some tenants used that is posted to a period, with what earlier periods hold of the same months. */
export async function readUsed(tx: Tx, wanted: Wanted): Promise<UsedLine[]> {
  const { period, apart, aggregationOf, countsSingly } = wanted
  const byLine = [...Map.groupBy(await queries.listUsed(tx, wanted, apart), nameOf).values()]
  const keys = byLine.flatMap(([first]) => first ?? [])
  const of = (aggregation: Aggregation) => keys.filter(({ skuId }) => aggregationOf(skuId) === aggregation)
  const [unique, weighted, singly] = [of('unique'), of('weighted'), keys.filter(({ skuId }) => countsSingly(skuId))]
  const met = unique.length === 0 ? [] : await queries.listMet(tx, unique, period, apart)
  const values = Map.groupBy(met, nameOf)
  const records = singly.length === 0 ? [] : await queries.listSingly(tx, singly, period, apart)
  const events = Map.groupBy(records, nameOf)
  const endRows = weighted.length === 0 ? [] : await queries.listEnds(tx, weighted)
  const ends = new Map(endRows.map(({ id, endsOn }) => [id, endsOn]))
  return byLine.flatMap((pieces) => {
    const [key] = pieces
    if (!key) return []
    const usage: LineUsage = {
      ...parted(pieces),
      values: values.get(nameOf(key))?.map(({ count, met: places }) => ({ count, met: places.map(meetingOf) })),
      events: countsSingly(key.skuId) ? parted(events.get(nameOf(key)) ?? []) : undefined,
      endsOn: ends.get(key.subscriptionId),
    }
    return [{ key, month: periodOfDay(key.monthStart), usage }]
  })
}

const parted = <T extends { readonly isEarlier: boolean }>(rows: readonly T[]) => ({
  now: rows.filter(({ isEarlier }) => !isEarlier),
  before: rows.filter(({ isEarlier }) => isEarlier),
})

const meetingOf = ([regionId = nilId, day = '', isEarlier]: readonly string[]) => ({
  regionId,
  day,
  isEarlier: isEarlier === 'true',
})
