import { postingMonth } from '../../../billing/charges.ts'
import type { Phase } from '../../../billing/charges.ts'
import { amountText, currency, decimal, roundToMinor, sum } from '../../../billing/money.ts'
import { nextPeriod } from '../../../billing/period.ts'
import { type Actor, scopeOf } from '../../../platform/context.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import type { ChargeBucket } from './charge-lines.ts'
import { type ChargedLife, readChargesOf, toLife } from './input.ts'
import * as queries from './queries.ts'
import { chargesOf } from './rate-charges.ts'

/** A subscription with what it would be from a phase's instant on. */
type PlannedPhase = { readonly subscriptionId: string; readonly tenantId: string; readonly phase: Phase }

/** What a change would put on the next bill of an edge: the charges and credits of the subscription in that month. */
type PreviewedEdge = {
  readonly sellerId: string
  readonly buyerId: string
  readonly period: string
  readonly currency: string
  readonly lines: readonly PreviewedLine[]
  readonly net: string
}

/** A line as the run will bill it; amounts are null where a price or a rate of exchange is missing. */
type PreviewedLine = {
  readonly kind: 'recurring' | 'oneTime' | 'credit'
  readonly sku: string
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly quantity: string
  readonly unrounded: string | null
  readonly net: string | null
  readonly parkedFor: string | null
}

/**
 * Tells what a planned phase would charge and give back on each edge that the actor sees, by the functions that the run bills
 * with. Reads as each seller's money duties and goes on as the actor's tier; writes nothing.
 */
export async function previewCharges(tx: Tx, actor: Actor, planned: PlannedPhase): Promise<PreviewedEdge[]> {
  const seen = await queries.listSeenEdges(tx, actor, planned.tenantId)
  const edges: PreviewedEdge[] = []
  for (const edge of seen) {
    await enterScope(tx, { ...scopeOf(actor, 'weir_seller'), organizationId: edge.sellerId })
    const previewed = await previewEdge(tx, actor, edge, planned)
    if (previewed) edges.push(previewed)
  }
  await enterScope(tx, scopeOf(actor))
  return edges
}

async function previewEdge(
  tx: Tx,
  actor: Actor,
  { edgeId, sellerId, buyerId, currency: code }: queries.SeenEdge,
  { subscriptionId, phase }: PlannedPhase,
): Promise<PreviewedEdge | undefined> {
  const row = await queries.findLife(tx, subscriptionId)
  invariant(row, 'a subscription that is changed has a life')
  const done = new Set((await queries.listDonePeriods(tx, sellerId)).map(({ period }) => period))
  const period = postingMonth(phase.from.slice(0, 7), (month) => done.has(month), nextPeriod)
  const life = planned(toLife(row), phase)
  const input = await readChargesOf(tx, { sellerId, period }, [life])
  const task = { seller: { ...actor, organizationId: sellerId }, period, tenantIds: [life.tenantId], runId: undefined }
  const buckets = (await chargesOf(tx, task, input, false)).filter(({ bucket }) => bucket.edgeId === edgeId)
  const codes = new Map(
    (
      await queries.listCodes(
        tx,
        buckets.map(({ bucket }) => bucket.skuId),
      )
    ).map((sku) => [sku.id, sku.code]),
  )
  const money = currency(code)
  const lines = buckets.map((one) => toLine(one, codes, money)).sort(byDays)
  const net = amountText(sum(lines.flatMap((line) => (line.net === null ? [] : [decimal(line.net)]))), money)
  return { sellerId, buyerId, period, currency: code, lines, net }
}

/** The phase takes the place of another one of its day. */
const planned = (one: ChargedLife, phase: Phase): ChargedLife => {
  const [first] = one.life.phases
  const isFirst = first !== undefined && first.from.slice(0, 10) === phase.from.slice(0, 10)
  const others = one.life.phases.filter(({ from }) => from.slice(0, 10) !== phase.from.slice(0, 10))
  const phases = [...others, isFirst ? { ...phase, from: first.from } : phase]
  return { ...one, life: { ...one.life, phases: phases.toSorted((a, b) => (a.from < b.from ? -1 : 1)) } }
}

function toLine(
  { bucket }: ChargeBucket,
  codes: ReadonlyMap<string, string>,
  money: ReturnType<typeof currency>,
): PreviewedLine {
  const { kind, skuId, serviceStart, serviceEnd, quantity, unrounded, parkedFor } = bucket
  invariant(kind === 'recurring' || kind === 'oneTime' || kind === 'credit', 'a charge or a credit')
  const net = unrounded === null ? null : amountText(roundToMinor(decimal(unrounded), money), money)
  return { kind, sku: codes.get(skuId) ?? '', serviceStart, serviceEnd, quantity, unrounded, net, parkedFor }
}

const keyOf = (line: PreviewedLine): string => [line.serviceStart, line.sku, line.kind].join(' ')
const byDays = (a: PreviewedLine, b: PreviewedLine): number => (keyOf(a) < keyOf(b) ? -1 : 1)
