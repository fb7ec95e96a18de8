import { isoMinorDigits } from '../../../billing/currencies.ts'
import { day } from '../../../billing/days.ts'
import { type Ctx, inTx, type Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant, notFound } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import { checkedInput } from '../../billing-errors.ts'
import type { PlannedChange } from '../changes/model.ts'
import { assertPlannable, insertPlanned } from '../changes/service.ts'
import * as errors from '../errors.ts'
import { findBranch } from '../service.ts'
import type { Edge, EdgeFilters, TermsChange } from './model.ts'
import * as queries from './queries.ts'

/** The edges on which the caller sells or buys, the newest first. @throws DomainError 422 for a day that no calendar has. */
export async function listEdges(ctx: Ctx, filters: EdgeFilters): Promise<Page<Edge>> {
  const { on } = filters
  if (on !== undefined) checkedInput(() => day(on, '/query/on'))
  const page = idPageRequest('edges', filters)
  const rows = await inTx(ctx, (tx) => queries.listEdges(tx, ctx.actor, filters, page))
  return pageOf(
    'edges',
    page,
    rows,
    (row) => row.id,
    (row) => row,
  )
}

/** @throws notFound */
export const getEdge = (ctx: Ctx, id: string): Promise<Edge> => inTx(ctx, (tx) => readEdge(ctx, tx, id))

async function readEdge(ctx: Ctx, tx: Tx, id: string): Promise<Edge> {
  const edge = await queries.findEdge(tx, ctx.actor, id)
  if (!edge) throw notFound()
  return edge
}

/**
 * Plans that the seller bills a buyer in another currency, or gives it other days to pay, from the start of a future month
 * on. Documents and debts stay as they are.
 * @throws notFound, notTheSeller, edgeEnded, unknownCurrency, sameTerms, notInFuture, changePlanned
 */
export const planTerms = (ctx: Ctx, id: string, input: TermsChange): Promise<PlannedChange> =>
  inTx(ctx, async (tx) => {
    const edge = await readEdge(ctx, tx, id)
    if (edge.sellerId !== ctx.actor.organizationId) throw errors.notTheSeller()
    if (edge.validTo !== null) throw errors.edgeEnded()
    const { currency = edge.currency, paymentTermDays = edge.paymentTermDays, fromPeriod } = input
    const digits = isoMinorDigits(currency)
    if (digits === undefined) throw errors.unknownCurrency()
    if (currency === edge.currency && paymentTermDays === edge.paymentTermDays) throw errors.sameTerms()
    const buyer = await findBranch(tx, ctx.actor, edge.buyerId)
    invariant(buyer, 'a buyer stands below its seller')
    await assertPlannable(ctx, tx, buyer, fromPeriod)
    return insertPlanned(ctx, tx, {
      kind: 'edge_terms',
      organizationId: edge.buyerId,
      askedBy: ctx.actor.organizationId,
      fromPeriod,
      sellerId: edge.sellerId,
      paymentTermDays,
      currency: { code: currency, digits },
      sees: partiesOf(ctx, buyer.level, edge, await queries.isSeenByPlatform(tx, ctx.actor, id)),
    })
  })

/** Terms are told to the two parties, and to the platform where it sees the edge; not to agents before they take effect. */
const partiesOf = (
  { actor }: Ctx,
  buyerLevel: Level,
  { buyerId }: Edge,
  isSeenByPlatform: boolean,
): Readonly<Record<Level, string | null>> => ({
  platform: isSeenByPlatform ? actor.platformId : null,
  distributor: null,
  partner: null,
  tenant: null,
  [actor.level]: actor.organizationId,
  [buyerLevel]: buyerId,
})
