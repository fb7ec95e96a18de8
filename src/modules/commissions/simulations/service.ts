import { simulateCommissions } from '../../../../jobs/commissions.ts'
import { checkAmounts } from '../../../billing/check-commission.ts'
import { currency, minorText } from '../../../billing/money.ts'
import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { notFound } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { enqueue } from '../../../platform/jobs.ts'
import { idPageRequest, type Page, pageOf, pageRequest, placeIn } from '../../../platform/page.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { assertBegun } from '../../billing/replay/replay-tenants.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import { findOwnCurrency } from '../rules/queries.ts'
import { findPayee, nameTerms } from '../rules/rule-terms.ts'
import { checkTerms } from '../rules/service.ts'
import type * as model from './model.ts'
import * as queries from './queries.ts'

/**
 * Accepts the replay of a period's documents, and of what was paid in it, with a draft rule, as if it had been in force for all
 * of them: a job. No rule and no earning is touched.
 * @throws notASeller, futurePeriod, unknownReference, DomainError 422 with pointers.
 */
export function startSimulation(ctx: Ctx, { period, ...rule }: model.NewSimulation): Promise<model.SimulationAccepted> {
  const input = { ...rule, validFrom: `${period}-01` }
  const terms = checkTerms(input)
  return inTxOnce(ctx, async (tx) => {
    const { organizationId: payerId } = ctx.actor
    await assertSeller(tx, ctx.actor)
    await assertBegun(tx, period)
    const payee = await findPayee(ctx, tx, rule.payeeId, '/payeeId')
    const code = rule.currency ?? (await findOwnCurrency(tx, ctx.actor))
    checkedInput(() => checkAmounts(terms, currency(code)))
    const id = newId()
    const { id: jobId } = await enqueue(tx, ctx.actor, simulateCommissions, { simulationId: id }, { dedupeKey: id })
    await queries.insertSimulation(tx, {
      id,
      payerId,
      payeeId: payee.id,
      period,
      currency: code,
      basis: rule.basis,
      terms: await nameTerms(ctx, tx, input, terms, payee.id),
      inheritable: rule.inheritable ?? true,
      jobId,
    })
    const entry = { action: 'commission_simulation.started', objectType: 'commission_simulation', objectId: id }
    await recordAudit(tx, ctx.actor, entry, ctx.requestId)
    return { jobId, simulationId: id }
  })
}

/** A simulation with its totals per currency. @throws notFound, alike for an absent one and another payer's. */
export const getSimulation = (ctx: Ctx, id: string): Promise<model.SimulationResult> =>
  inTx(ctx, async (tx) => {
    const simulation = await findOwn(ctx, tx, id)
    const totals = await queries.listTotals(tx, simulation.payerId, id)
    return { ...simulation, totals: totals.map(spelled) }
  })

/** The acting organization's simulations, newest first. */
export async function listSimulations(ctx: Ctx, filters: model.SimulationFilters): Promise<Page<model.Simulation>> {
  const page = idPageRequest('commission-simulations', filters)
  const rows = await inTx(ctx, (tx) => queries.listSimulations(tx, ctx.actor.organizationId, page))
  return pageOf(
    'commission-simulations',
    page,
    rows,
    ({ id }) => id,
    (row) => row,
  )
}

/** What differs, by payee, distributor, partner, tenant or SKU and currency. @throws notFound */
export async function listDifferences(
  ctx: Ctx,
  id: string,
  query: model.DifferenceQuery,
): Promise<Page<model.Difference>> {
  const by = query.groupBy ?? 'payee'
  const kind = `commission-simulation-${by}`
  const request = pageRequest(kind, query)
  const after = request.after === undefined ? undefined : placeOf(request.after)
  return inTx(ctx, async (tx) => {
    const simulation = await findOwn(ctx, tx, id)
    const rows = await queries.listResults(tx, simulation, by, { after, limit: request.limit })
    return pageOf(
      kind,
      request,
      rows,
      (row) => `${row.groupId}.${row.currency}`,
      (row) => ({ groupBy: by, groupId: row.groupId, name: row.name, ...spelled(row) }),
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

const spelled = ({ currency: code, lines, before, after, difference, unknown }: queries.TotalRow): model.Totals => {
  const money = currency(code)
  return {
    currency: code,
    lines,
    before: minorText(before, money),
    after: minorText(after, money),
    difference: minorText(difference, money),
    unknown,
  }
}
