import { checkFxRate, type FxWish } from '../../../billing/fx.ts'
import { type Ctx, inTx, inTxOnce, scopeOf } from '../../../platform/context.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { invariant, notFound } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { markPairDue } from '../../billing/rating/due.ts'
import { assertSeller } from '../sellers.ts'
import type { ExchangeRate, ExchangeRateFilters, NewExchangeRate } from './model.ts'
import * as queries from './queries.ts'

export type { SourcedRate } from './queries.ts'

/**
 * Says what a currency is worth from a day on; the rate before it stays what it was. Whatever is not billed yet and is
 * converted at this pair is rated again. @throws notASeller, DomainError 422 with pointers.
 */
export function createRate(ctx: Ctx, input: NewExchangeRate): Promise<ExchangeRate> {
  const checked = checkedInput(() => checkFxRate(input))
  return inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const rate = await queries.insertRate(tx, ctx.actor, { ...checked, source: input.source })
    invariant(rate, 'an inserted row comes back')
    await markDue(ctx, tx, rate)
    const entry = { action: 'fx_rate.created', objectType: 'fx_rate', objectId: rate.id }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    return rate
  })
}

/** The platform's rates are everybody's: each seller's amounts are marked in its own name, one after the other. */
async function markDue(ctx: Ctx, tx: Tx, rate: ExchangeRate): Promise<void> {
  const isShared = ctx.actor.level === 'platform'
  const sellers = isShared ? await queries.listSellers(tx, ctx.actor, rate.from) : [{ id: ctx.actor.organizationId }]
  for (const { id } of sellers) {
    await enterScope(tx, { ...scopeOf(ctx.actor, 'weir_seller'), organizationId: id })
    await markPairDue(tx, id, rate)
  }
  await enterScope(tx, scopeOf(ctx.actor))
}

/** Own rates and the platform's, newest first. */
export const listRates = (ctx: Ctx, filters: ExchangeRateFilters): Promise<Page<ExchangeRate>> => {
  const page = idPageRequest('fx-rates', filters)
  return inTx(ctx, async (tx) =>
    pageOf(
      'fx-rates',
      page,
      await queries.listRates(tx, ctx.actor, filters, page),
      ({ id }) => id,
      (row) => row,
    ),
  )
}

/** @throws notFound, alike for an absent rate and another seller's. */
export const getRate = (ctx: Ctx, id: string): Promise<ExchangeRate> =>
  inTx(ctx, async (tx) => {
    const rate = await queries.findRate(tx, ctx.actor, id)
    if (!rate) throw notFound()
    return rate
  })

/** The rows among which `resolveFx` finds the answer to each of these wishes. Runs as weir_seller. */
export const listFxCandidates = async (tx: Tx, wishes: readonly FxWish[]): Promise<queries.SourcedRate[]> =>
  wishes.length === 0 ? [] : [...(await queries.listCandidates(tx, wishes))]

/** Pinned rates by their ids. Runs as weir_seller, whose own and the platform's they are. */
export const listPinnedRates = async (tx: Tx, ids: readonly string[]): Promise<queries.SourcedRate[]> =>
  ids.length === 0 ? [] : [...(await queries.listByIds(tx, ids))]
