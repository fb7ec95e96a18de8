import type { Stretch } from '../../../billing/days.ts'
import { currency } from '../../../billing/money.ts'
import { periodDays } from '../../../billing/period.ts'
import { type BookedRate, type EdgeCurrencies, resolvePrices } from '../../../billing/resolve.ts'
import { nilId } from '../../../platform/ids.ts'
import type { RateCandidate } from '../../pricing/price-lists/rates.ts'

/** What a price can be made for, next to everybody: a subscription, a buyer, a plan version, a region. */
type PricedLine = {
  readonly skuId: string
  readonly period: string
  readonly currency: string
  readonly targetIds: readonly string[]
}

/** One seller's rates of some SKUs. */
export type PriceBook = {
  /** Which rate applies on which days of the line's period; the stretches tile it, null is a gap without price. */
  resolve(line: PricedLine): readonly Stretch<BookedRate>[]
}

const booked = (row: RateCandidate): BookedRate => ({
  rateId: row.rateId,
  priceListId: row.priceListId,
  scope: row.scope,
  currency: currency(row.currency),
  valid: { from: row.from, to: row.to },
  rate: row.rate,
})

type RatesByTarget = Map<string, BookedRate[]>

function byTargetOfSku(rows: readonly RateCandidate[]): Map<string, RatesByTarget> {
  const bySku = new Map<string, RatesByTarget>()
  for (const row of rows) {
    const byTarget = bySku.get(row.skuId) ?? new Map<string, BookedRate[]>()
    bySku.set(row.skuId, byTarget)
    byTarget.set(row.targetId, [...(byTarget.get(row.targetId) ?? []), booked(row)])
  }
  return bySku
}

/** Opens the book of a seller whose own currency is `sellersOwn`; costs may be of `others`. Equal questions are answered once. */
export function openPriceBook(
  rows: readonly RateCandidate[],
  { sellersOwn, others }: Omit<EdgeCurrencies, 'billing'>,
): PriceBook {
  const bySku = byTargetOfSku(rows)
  const answers = new Map<string, Stretch<BookedRate>[]>()
  return {
    resolve({ skuId, period, currency: billing, targetIds }) {
      const byTarget = bySku.get(skuId)
      const targets = [...new Set([nilId, ...targetIds])].filter((id) => byTarget?.has(id))
      const question = [skuId, period, billing, ...targets].join(' ')
      const known = answers.get(question)
      if (known) return known
      const rates = targets.flatMap((id) => byTarget?.get(id) ?? [])
      const answer = resolvePrices(periodDays(period), rates, {
        billing: currency(billing),
        sellersOwn,
        others: others ?? false,
      })
      answers.set(question, answer)
      return answer
    },
  }
}
