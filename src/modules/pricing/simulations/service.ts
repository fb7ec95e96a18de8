import { simulatePrices } from '../../../../jobs/pricing.ts'
import { currency, decimal, minorText, plainText, zero } from '../../../billing/money.ts'
import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { conflictAt, notFound, unknownReference } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { enqueue } from '../../../platform/jobs.ts'
import { idPageRequest, type Page, pageOf, pageRequest, placeIn } from '../../../platform/page.ts'
import { type JobResult, type WorkCtx, workScope } from '../../../platform/work.ts'
import { recordAudit } from '../../audit/service.ts'
import { assertBegun, listReplayTenants, replayTenants } from '../../billing/replay/replay-tenants.ts'
import type { ReplayedLine } from '../../billing/replay/replay.ts'
import { findList } from '../price-lists/queries.ts'
import type { RateCandidate } from '../price-lists/rates.ts'
import { assertSeller } from '../sellers.ts'
import type * as model from './model.ts'
import * as queries from './queries.ts'

const tenantsPerChunk = 200

/**
 * Accepts the replay of a period with an own list, as if its prices had been in force all through it: a job. Nothing that is
 * billed is touched. @throws notASeller, futurePeriod, DomainError 422 at /priceListId
 */
export const startSimulation = (ctx: Ctx, input: model.NewSimulation): Promise<model.SimulationAccepted> =>
  inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    await assertBegun(tx, input.period)
    const list = await findList(tx, ctx.actor, input.priceListId)
    if (list?.sellerId !== ctx.actor.organizationId) throw unknownReference('/priceListId')
    const id = newId()
    const { id: jobId } = await enqueue(tx, ctx.actor, simulatePrices, { simulationId: id }, { dedupeKey: id })
    await queries.insertSimulation(tx, { id, sellerId: list.sellerId, jobId, ...input })
    const entry = { action: 'price_simulation.started', objectType: 'price_simulation', objectId: id }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    return { jobId, simulationId: id }
  })

/** A simulation with its totals per currency. @throws notFound, alike for an absent one and another seller's. */
export const getSimulation = (ctx: Ctx, id: string): Promise<model.SimulationResult> =>
  inTx(ctx, async (tx) => {
    const simulation = await findOwn(ctx, tx, id)
    const totals = await queries.listTotals(tx, simulation.sellerId, id)
    return { ...simulation, totals: totals.map(rounded) }
  })

/** The acting seller's simulations, newest first. */
export async function listSimulations(ctx: Ctx, filters: model.SimulationFilters): Promise<Page<model.Simulation>> {
  const page = idPageRequest('price-simulations', filters)
  const rows = await inTx(ctx, (tx) => queries.listSimulations(tx, ctx.actor.organizationId, page))
  return pageOf(
    'price-simulations',
    page,
    rows,
    ({ id }) => id,
    (row) => row,
  )
}

/** What differs, by distributor, partner, tenant or SKU and currency. @throws notFound */
export async function listDifferences(
  ctx: Ctx,
  id: string,
  query: model.DifferenceQuery,
): Promise<Page<model.Difference>> {
  const by = query.groupBy ?? 'tenant'
  const kind = `price-simulation-${by}`
  const request = pageRequest(kind, query)
  const after = request.after === undefined ? undefined : placeOf(request.after)
  return inTx(ctx, async (tx) => {
    const { sellerId } = await findOwn(ctx, tx, id)
    const rows = await queries.listResults(tx, { sellerId, simulationId: id }, by, { after, limit: request.limit })
    return pageOf(
      kind,
      request,
      rows,
      (row) => `${row.groupId}.${row.currency}`,
      (row) => ({ groupBy: by, groupId: row.groupId, name: row.name, ...rounded(row) }),
    )
  })
}

function placeOf(position: string): queries.ResultPlace {
  const [groupId = '', code = ''] = placeIn(position, /^([0-9a-f-]{36})\.([A-Z]{3})$/)
  return { groupId, currency: code }
}

async function findOwn(ctx: Ctx, tx: Tx, id: string): Promise<queries.SimulationRow> {
  const simulation = await queries.findSimulation(tx, ctx.actor.organizationId, id)
  if (!simulation) throw notFound()
  return simulation
}

const rounded = (row: model.Totals): model.Totals => {
  const money = currency(row.currency)
  const { lines, parkedBefore, parkedAfter } = row
  const amounts = {
    before: minorText(row.before, money),
    after: minorText(row.after, money),
    difference: minorText(row.difference, money),
  }
  return { currency: row.currency, lines, ...amounts, parkedBefore, parkedAfter }
}

/** Replays the period, some tenants a chunk. Cancelled or failed, what is there stays as far as it came. May run twice. */
export async function simulate(ctx: WorkCtx, { simulationId }: { simulationId: string }): Promise<JobResult> {
  const { owner } = ctx.job
  const sellerId = owner.organizationId
  const scope = workScope(owner, 'weir_seller')
  const tenantIds = await ctx.transaction(scope, (tx) => listReplayTenants(tx, sellerId))
  let lines = 0
  for (let from = 0, number = 1; from < tenantIds.length; from += tenantsPerChunk, number += 1) {
    const some = tenantIds.slice(from, from + tenantsPerChunk)
    const chunk = await ctx.chunk(number, scope, async (tx) => {
      const task = await queries.findTask(tx, sellerId, simulationId)
      const draft = task && (await queries.findDraft(tx, sellerId, task.priceListId))
      if (!task || !draft) throw conflictAt('/priceListId', 'simulation.list_gone', 'the price list has been deleted')
      const replayed = await replayTenants(tx, {
        seller: owner,
        period: task.period,
        tenantIds: some,
        kind: draft.kind,
        regionId: draft.scope === 'region' ? draft.targetId : undefined,
        change: (rates) => withDraft(rates, draft),
      })
      if (replayed.length > 0) await queries.insertResults(tx, simulationId, sellerId, resultsOf(replayed))
      return { lines: replayed.length }
    })
    lines += chunk.lines
    ctx.progress(Math.min(from + tenantsPerChunk, tenantIds.length), tenantIds.length, 'tenants')
  }
  return { href: `/api/v1/pricing/simulations/${simulationId}`, lines }
}

/** The seller's rates as they would be: the draft in place of the versions it follows on, and of whatever it overlaps. */
function withDraft(rates: readonly RateCandidate[], draft: queries.Draft): RateCandidate[] {
  const replaced = new Set(draft.versions)
  const priced = new Set(draft.rates.map(({ skuId }) => skuId))
  const { scope, targetId, currency, id: priceListId } = draft
  const isOverlapped = (rate: RateCandidate): boolean =>
    rate.scope === scope && rate.targetId === targetId && rate.currency === currency && priced.has(rate.skuId)
  const kept = rates.filter((rate) => !replaced.has(rate.priceListId) && !isOverlapped(rate))
  const always = { from: '2000-01-01', to: null }
  return [...kept, ...draft.rates.map((rate) => ({ ...rate, ...always, priceListId, scope, targetId, currency }))]
}

function resultsOf(lines: readonly ReplayedLine[]): queries.NewResult[] {
  const groups = Map.groupBy(lines, ({ chainId, skuId, currency }) => `${chainId} ${skuId} ${currency}`)
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (!first) return []
    // A line that only one side can price is in neither sum: a difference compares what is known.
    const known = group.filter(({ before, after }) => before !== null && after !== null)
    const total = (side: 'before' | 'after') =>
      plainText(known.reduce((amount, line) => amount.plus(line[side] ?? zero), decimal('0')))
    return [
      {
        chainId: first.chainId,
        skuId: first.skuId,
        currency: first.currency,
        lines: group.length,
        before: total('before'),
        after: total('after'),
        parkedBefore: group.filter(({ before }) => before === null).length,
        parkedAfter: group.filter(({ after }) => after === null).length,
      },
    ]
  })
}
