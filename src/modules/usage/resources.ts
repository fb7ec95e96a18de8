import { decimal, type Decimal, zero } from '../../billing/money.ts'
import { periodOfDay } from '../../billing/period.ts'
import { type Months, openMonths, postingOfDay } from '../../billing/posting.ts'
import { spread } from '../../billing/spread.ts'
import type { Branch } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import * as queries from './queries-resources.ts'

/** The records of some lines' resources, before it is known where the days of those that last over midnight are posted. */
type ResourceRecords = {
  readonly within: readonly { readonly place: number; readonly quantity: string }[]
  readonly long: readonly queries.LongRow[]
}

/** Reads what the viewer sees of the resources of some lines that are sums. */
export async function readResourceRecords(
  tx: Tx,
  viewer: Branch,
  lines: readonly queries.ResourceLine[],
): Promise<ResourceRecords> {
  if (lines.length === 0) return { within: [], long: [] }
  return {
    within: await queries.listWithinDays(tx, viewer, lines),
    long: await queries.listLong(tx, viewer, lines),
  }
}

/**
 * How much the resource of each line used of it, in the order of the lines: every record on its days and where they are
 * posted, as the daily figures have it. Runs as weir_seller.
 */
export async function addResourceRecords(
  tx: Tx,
  lines: readonly queries.ResourceLine[],
  { within, long }: ResourceRecords,
): Promise<Decimal[]> {
  const used = lines.map(() => zero)
  const add = (place: number, quantity: Decimal): void => {
    used[place - 1] = (used[place - 1] ?? zero).plus(quantity)
  }
  for (const { place, quantity } of within) add(place, decimal(quantity))
  if (long.length === 0) return used
  const months = openMonths(await queries.listMonths(tx))
  const batchIds = [...new Set(long.map(({ batchId }) => batchId))]
  const finished = new Map((await queries.listFinished(tx, batchIds)).map((row) => [row.id, row.finishedAtMicros]))
  for (const record of long) {
    const line = lines[record.place - 1]
    const finishedAtMicros = finished.get(record.batchId) ?? null
    if (line) for (const part of partsOn(line, { ...record, finishedAtMicros }, months)) add(record.place, part)
  }
  return used
}

function partsOn(
  { from, to, posting }: queries.ResourceLine,
  record: queries.LongRow & { readonly finishedAtMicros: string | null },
  months: Months,
): Decimal[] {
  const { start, end } = record
  const spanning = months.spanningOf(periodOfDay(start.slice(0, 10)))
  return spread({ start, end, quantity: decimal(record.quantity) }, spanning, 'sum')
    .filter(({ day }) => day >= from && day < to && postingOfDay(months, record, day) === posting)
    .map(({ quantity }) => quantity)
}
