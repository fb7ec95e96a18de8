import { daysAfter } from '../../../billing/days.ts'
import { resolveFx } from '../../../billing/fx.ts'
import { type EdgeCurrencies, resolvePrices } from '../../../billing/resolve.ts'
import { readToday } from '../../../platform/clock.ts'
import { type Ctx, inTx, scopeOf } from '../../../platform/context.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { idPageRequest, pageOf } from '../../../platform/page.ts'
import { listFxCandidates, type SourcedRate } from '../fx/service.ts'
import { checkDay } from '../price-lists/check.ts'
import type { Sku } from '../skus/model.ts'
import { listSkus } from '../skus/queries.ts'
import type { PriceSheet, SheetQuery, SheetRow } from './model.ts'
import * as queries from './queries.ts'
import { type Standing, standingOf } from './standing.ts'

/**
 * What every SKU costs on a day on the side of an edge where the caller stands: the same resolution as rating's, over
 * the lists in the caller's sight. A SKU without a price is unknown, never 0.
 * @throws notASeller, notAnAgent, DomainError 422 for a buyer, subscription or region that is not on the caller's side.
 */
export function getPriceSheet(ctx: Ctx, query: SheetQuery): Promise<PriceSheet> {
  const request = idPageRequest('price-sheet', query)
  if (query.day !== undefined) checkDay(query.day, '/query/day')
  return inTx(ctx, async (tx) => {
    const day = query.day ?? (await readToday(tx))
    const standing = await standingOf(ctx, tx, query, day)
    const skus = await listSkus(tx, query.sku, request)
    const rowOf = await priceWith(ctx, tx, standing, day, skus)
    const { side, sellerId, buyerId, currency } = standing
    return { day, side, sellerId, buyerId, currency, ...pageOf('price-sheet', request, skus, ({ id }) => id, rowOf) }
  })
}

async function priceWith(ctx: Ctx, tx: Tx, standing: Standing, day: string, skus: readonly Sku[]) {
  const { sellerId, kind, targets } = standing
  const skuIds = skus.map(({ id }) => id)
  const rates = await queries.listSheetRates(tx, ctx.actor, { sellerId, kind, day, skuIds, targets })
  const bySku = Map.groupBy(rates, ({ skuId }) => skuId)
  const currencies = { billing: standing.currency, sellersOwn: standing.sellersOwn }
  const exchange = await exchangeOn(ctx, tx, standing, day)
  const winner = (sku: Sku) => winnerOf(bySku.get(sku.id) ?? [], day, currencies)
  return (sku: Sku): SheetRow => rowOf(sku, winner(sku), { currency: standing.currency, exchange })
}

/** How the seller's own prices are billed on the edge: read as the seller, since its rates of exchange are its own affair. */
async function exchangeOn(ctx: Ctx, tx: Tx, { sellerId, sellersOwn: from, currency: to }: Standing, day: string) {
  if (from === to) return undefined
  const wish = { sellerId, from, to, day }
  await enterScope(tx, { ...scopeOf(ctx.actor, 'weir_seller'), organizationId: sellerId })
  const rates = await listFxCandidates(tx, [wish])
  await enterScope(tx, scopeOf(ctx.actor))
  return resolveFx(rates, wish)
}

function winnerOf(rates: readonly queries.SheetRateRow[], day: string, currencies: EdgeCurrencies) {
  const candidates = rates.map((rate) => ({ ...rate, valid: { from: rate.from, to: rate.to } }))
  return resolvePrices({ from: day, to: daysAfter(day, 1) }, candidates, currencies)[0]?.chosen ?? null
}

type Billed = { readonly currency: string; readonly exchange: SourcedRate | undefined }

/** A price in the seller's other currency is no price in the edge's before there is a rate of exchange (law 10). */
function rowOf(sku: Sku, winner: queries.SheetRateRow | null, { currency, exchange }: Billed): SheetRow {
  const { id: skuId, code, name, unit, aggregation } = sku
  const isForeign = winner !== null && winner.currency !== currency
  const isUsable = winner !== null && (!isForeign || exchange !== undefined)
  return {
    skuId,
    sku: code,
    name,
    unit,
    aggregation,
    rate: isUsable ? winner.rate : null,
    rateCurrency: isUsable ? winner.currency : null,
    exchange: isForeign && exchange ? shownExchange(exchange) : null,
    unknownFor: isUsable ? null : winner ? 'no_fx_rate' : 'no_price',
    list: winner && {
      id: winner.listId,
      code: winner.listCode,
      scope: winner.scope,
      validFrom: winner.from,
      validTo: winner.to,
    },
  }
}

const shownExchange = ({ id: fxRateId, rate, validFrom, source }: SourcedRate) => ({
  fxRateId,
  rate,
  validFrom,
  source,
})
