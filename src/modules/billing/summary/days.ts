import { amountsByDay, type UsedDay } from '../../../billing/day-amounts.ts'
import { exchange } from '../../../billing/fx.ts'
import { decimal, type Decimal, plainText, sum, zero } from '../../../billing/money.ts'
import { periodEnd, periodOfDay } from '../../../billing/period.ts'
import { weightedUntil } from '../../../billing/weighted.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { readPrices } from '../../invoices/explain/service.ts'
import { listPinnedRates, type SourcedRate } from '../../pricing/fx/service.ts'
import type { SummaryRow } from './model.ts'
import * as queries from './queries-days.ts'
import type { SummaryScope } from './queries-parts.ts'

type Accrued = NonNullable<SummaryRow['accrued']>

/** More lines than this are not computed in an answer: who wants their days asks for fewer. */
const mostLines = 2_000

/**
 * What each day of a month adds to the running totals of its own usage, unrounded, by currency. Undefined for too many
 * lines. Where the days of a line do not add up to what it was rated for, as with prices that look at single events, its
 * currency is left out: a part is not the whole. Goes on as the money duties of the sellers whose edges were shown.
 */
export async function readAccrued(
  tx: Tx,
  scope: SummaryScope,
  period: string,
): Promise<ReadonlyMap<string, Accrued> | undefined> {
  if ((await queries.countUsageBuckets(tx, scope, period)) > mostLines) return undefined
  const totals = await queries.listUsageTotals(tx, scope, period)
  const rows = await queries.listUsedDays(tx, scope, period)
  const lines = Map.groupBy(rows, ({ line }) => line)
  const frozen = await readFrozen(tx, rows)
  const byCurrency = Map.groupBy(totals, ({ currency }) => currency)
  const accrued = new Map<string, Accrued>()
  for (const [currency, ofCurrency] of [...byCurrency].toSorted()) {
    const days = ofCurrency.map(({ line, unrounded }) => daysOf(lines.get(line) ?? [], frozen, decimal(unrounded)))
    if (days.some((one) => one === undefined)) continue
    for (const [day, amount] of addedUp(days.flatMap((one) => one ?? []))) {
      accrued.set(day, [...(accrued.get(day) ?? []), { currency, amount: plainText(amount) }])
    }
  }
  return accrued
}

type DayAmount = { readonly day: string; readonly amount: Decimal }

function addedUp(days: readonly DayAmount[]): Map<string, Decimal> {
  const sums = new Map<string, Decimal>()
  for (const { day, amount } of days) sums.set(day, (sums.get(day) ?? zero).plus(amount))
  return sums
}

type Price = Awaited<ReturnType<typeof readPrices>> extends ReadonlyMap<string, infer P> ? P : never
type Frozen = {
  readonly prices: ReadonlyMap<string, Price>
  readonly rates: ReadonlyMap<string, SourcedRate>
}

async function readFrozen(tx: Tx, rows: readonly queries.UsedDayRow[]): Promise<Frozen> {
  const prices = new Map<string, Price>()
  const rates = new Map<string, SourcedRate>()
  for (const [sellerId, own] of Map.groupBy(rows, (row) => row.sellerId)) {
    for (const [id, price] of await readPrices(tx, sellerId, own)) prices.set(id, price)
    const ids = [...new Set(own.flatMap(({ fxRateId }) => (fxRateId === null ? [] : [fxRateId])))]
    for (const rate of await listPinnedRates(tx, ids)) rates.set(rate.id, rate)
  }
  return { prices, rates }
}

/** Undefined where the days do not add up to the line. */
function daysOf(rows: readonly queries.UsedDayRow[], frozen: Frozen, unrounded: Decimal): DayAmount[] | undefined {
  const amounts = amountsByDay(usedDays(rows, frozen)).map(({ day, amount }, index) => {
    const rate = frozen.rates.get(rows[index]?.fxRateId ?? '')
    return { day, amount: rate ? exchange(amount, rate) : amount }
  })
  return sum(amounts.map(({ amount }) => amount)).equals(unrounded) ? amounts : undefined
}

/** Of a level that prices divide, or that ends with its subscription, the days come to something else: they are not shown. */
function weightedOf(rows: readonly queries.UsedDayRow[]): Decimal {
  const [first] = rows
  if (!first) return zero
  const month = periodOfDay(first.day)
  return weightedUntil(
    rows.map(({ sum, held }) => ({ sum, held: held ?? '0' })),
    month,
    periodEnd(month),
  )
}

/** Sums belong to their days; a maximum to the days that raise it; the last figure to the day it is of; a value to
 * the day it is met first. */
function usedDays(rows: readonly queries.UsedDayRow[], { prices }: Frozen): UsedDay[] {
  let most = zero
  const weighed = (count: number) => weightedOf(rows.slice(0, count))
  return rows.map((row, index) => {
    const price = prices.get(row.priceVersionId)
    invariant(price, 'a price that rated something is kept for ever')
    const used = { day: row.day, rate: price.rate }
    if (row.firstMet !== null) return { ...used, quantity: decimal(row.firstMet) }
    if (row.held !== null) return { ...used, quantity: weighed(index + 1).minus(weighed(index)) }
    if (row.aggregation === 'sum') return { ...used, quantity: decimal(row.sum) }
    if (row.aggregation === 'last') return { ...used, quantity: index === rows.length - 1 ? decimal(row.last) : zero }
    const before = most
    if (index === 0 || decimal(row.max).greaterThan(most)) most = decimal(row.max)
    return { ...used, quantity: most.minus(before) }
  })
}
