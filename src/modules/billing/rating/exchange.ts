import { type FxRate, fxDayOf, resolveFx } from '../../../billing/fx.ts'
import { currency } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { listFxCandidates, listPinnedRates } from '../../pricing/fx/service.ts'
import type { RatingTask } from './input.ts'
import * as queries from './queries-exchange.ts'
import { findCurrency } from './queries.ts'

/** An edge in one month of service. */
export type EdgeMonth = {
  readonly edgeId: string
  readonly kind: 'sale' | 'cost'
  readonly currency: string
  readonly month: string
}

/**
 * The rate at which prices in the seller's own currency are billed on an edge for a month, or what suppliers ask in another;
 * undefined where there is none.
 */
export type Exchange = (edge: Omit<EdgeMonth, 'month'>, month: string, from?: string) => FxRate | undefined

const keyOf = (edgeId: string, month: string): string => `${edgeId} ${month}`

/**
 * Finds the rates of exchange that some edges need in some months (law 10): the one in force on the last day of the month;
 * for late lines the one that the month's own documents pinned. Runs as weir_seller.
 */
export async function openExchange(
  tx: Tx,
  { seller, period }: Pick<RatingTask, 'seller' | 'period'>,
  wanted: readonly EdgeMonth[],
): Promise<Exchange> {
  const sellerId = seller.organizationId
  const own = wanted.length === 0 ? undefined : await findCurrency(tx, sellerId)
  const costs = wanted.some(({ kind }) => kind === 'cost') ? await queries.listCostCurrencies(tx, sellerId) : []
  const isForeign = ({ kind, currency: billing }: EdgeMonth): boolean =>
    kind === 'cost' ? costs.some((one) => one.currency !== billing) : billing !== own?.currency
  const foreign = wanted.filter(isForeign)
  if (!own || foreign.length === 0) return () => undefined
  const months = [...new Map(foreign.map((one) => [keyOf(one.edgeId, one.month), one])).values()]
  const pinned = await readPinned(
    tx,
    sellerId,
    months.filter(({ month }) => month < period),
  )
  const sellersOwn = currency(own.currency)
  const wishes = months.flatMap(({ kind, currency: billing, month }) =>
    (kind === 'cost' ? costs.map((one) => currency(one.currency)) : [sellersOwn])
      .filter((from) => from !== billing)
      .map((from) => ({ sellerId, from, to: currency(billing), day: fxDayOf(month) })),
  )
  const distinct = [...new Map(wishes.map((wish) => [`${wish.from} ${wish.to} ${wish.day}`, wish])).values()]
  const rates = await listFxCandidates(tx, distinct)
  return (edge, month, priced) => {
    const from = priced === undefined || edge.kind === 'sale' ? sellersOwn : currency(priced)
    const known = pinned.get(keyOf(edge.edgeId, month))
    if (known?.from === from) return known
    return resolveFx(rates, { sellerId, from, to: currency(edge.currency), day: fxDayOf(month) })
  }
}

async function readPinned(tx: Tx, sellerId: string, months: readonly EdgeMonth[]): Promise<Map<string, FxRate>> {
  if (months.length === 0) return new Map()
  const rows = await queries.listPinned(tx, sellerId, months)
  const rates = new Map(
    (await listPinnedRates(tx, [...new Set(rows.map((row) => row.fxRateId))])).map((one) => [one.id, one]),
  )
  return new Map(
    rows.map(({ edgeId, month, fxRateId }) => {
      const rate = rates.get(fxRateId)
      invariant(rate, 'a pinned rate is kept for ever')
      return [keyOf(edgeId, month), rate]
    }),
  )
}
