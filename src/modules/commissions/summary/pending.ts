import { straightPieces } from '../../../billing/commission-pieces.ts'
import { addEarned, type CommissionTerms, countsToDate, earnPeriod, type ToDate } from '../../../billing/commission.ts'
import { currency, type Decimal, decimal, zero } from '../../../billing/money.ts'
import { type Actor, scopeOf } from '../../../platform/context.ts'
import { enterScope, switchRole, type Tx } from '../../../platform/db.ts'
import { listRulesOf } from '../rules/queries.ts'
import type { RuleRow } from '../rules/terms.ts'
import { openRuleBook, type RuleBook, type Seat, seatsOf } from '../runs/book.ts'
import { listRunningTotals } from '../runs/queries.ts'
import * as queries from './queries.ts'

/** What one payee will earn from one payer in one currency. */
export type Pending = {
  readonly payerId: string
  readonly payeeId: string
  readonly currency: string
  /** Null where nothing of it can be known. */
  readonly estimated: Decimal | null
  readonly lines: number
  readonly withoutRule: number
  readonly parked: number
  readonly asOf: string | null
}

type PaidSeat = Seat & { readonly payerId: string; readonly currency: string }

/** Every day that a document can be about. */
const everyDay = { from: '2000-01-01', to: '3000-01-01' }

/**
 * Estimates what is not earned yet, by the rules as they are now; nothing is stored. Leaves the transaction in the
 * caller's own tier.
 */
export async function estimatePending(
  tx: Tx,
  actor: Actor,
  side: queries.Side,
  filter: { period: string; payeeId: string | undefined },
): Promise<Pending[]> {
  const seats = await listSeats(tx, actor, side, filter.payeeId)
  const rules = await listRulesFor(tx, actor, seats)
  const book = openRuleBook(rules)
  const days = seats.flatMap((seat) => seatDays(seat, book))
  const used = new Set(days.map(({ ruleId }) => ruleId))
  const pieces = rules
    .filter(({ id }) => used.has(id))
    .flatMap(({ id, terms }) => straightPieces(terms.tiers).map((piece) => Object.assign({ ruleId: id }, piece)))
  // A payer reads its whole sales here: as money duties, by the column that they are stored by.
  if (side === 'payer') await switchRole(tx, 'weir_seller')
  await queries.planForMany(tx)
  const rows = await queries.listPending(tx, actor, side, filter.period, days, pieces)
  const estimates = await estimate(tx, filter.period, rows, new Map(rules.map((rule) => [rule.id, rule])))
  await enterScope(tx, scopeOf(actor))
  return estimates
}

async function listSeats(tx: Tx, actor: Actor, side: queries.Side, payeeId: string | undefined): Promise<PaidSeat[]> {
  const wanted = side === 'payee' ? actor.organizationId : payeeId
  if (payeeId !== undefined && payeeId !== wanted) return []
  const edges = await queries.listEdgeSeats(tx, actor, side)
  const seats = edges.flatMap((edge) =>
    seatsOf(edge).map((seat) => ({ ...seat, payerId: edge.payerId, currency: edge.currency })),
  )
  const mine = wanted === undefined ? seats : seats.filter((seat) => seat.payeeId === wanted)
  const keyOf = (seat: PaidSeat) => `${seat.payerId} ${seat.payeeId} ${seat.distributorId ?? ''} ${seat.currency}`
  return [...new Map(mine.map((seat) => [keyOf(seat), seat])).values()]
}

/**
 * The rules of the seats' payers for them and for the distributors whose rule they may take. A payee may not read the
 * latter: it is read as its payer would, for these payees and no others, and nothing but sums leaves this module.
 */
async function listRulesFor(tx: Tx, actor: Actor, seats: readonly PaidSeat[]): Promise<RuleRow[]> {
  const rules: RuleRow[] = []
  for (const [payerId, theirs] of Map.groupBy(seats, (seat) => seat.payerId)) {
    const payees = new Set(
      theirs.flatMap(({ payeeId, distributorId }) => [payeeId, ...(distributorId ? [distributorId] : [])]),
    )
    await enterScope(tx, { ...scopeOf(actor, 'weir_seller'), organizationId: payerId })
    rules.push(...(await listRulesOf(tx, payerId, [...payees])))
  }
  await enterScope(tx, scopeOf(actor))
  return rules
}

const seatDays = (seat: PaidSeat, book: RuleBook): queries.SeatDays[] =>
  book.stretches(seat, seat.currency, everyDay).map(({ from, to, chosen }) => ({
    payerId: seat.payerId,
    payeeId: seat.payeeId,
    distributorId: seat.distributorId,
    currency: seat.currency,
    from,
    to,
    ruleId: chosen?.id ?? null,
    skuIds: chosen?.terms.eligible?.skuIds ?? null,
    planIds: chosen?.terms.eligible?.planIds ?? null,
  }))

const perLine: CommissionTerms = { scope: 'line', tiers: [] }

async function estimate(
  tx: Tx,
  period: string,
  rows: readonly queries.PendingRow[],
  rules: ReadonlyMap<string, RuleRow>,
): Promise<Pending[]> {
  const running = rows.flatMap(({ ruleId, payeeId }) =>
    ruleId !== null && countsToDate(rules.get(ruleId)?.terms ?? perLine) ? [{ ruleId, payeeId }] : [],
  )
  const totals = await listRunningTotals(tx, period, running)
  return rows.flatMap((row) => {
    const rule = row.ruleId === null ? undefined : rules.get(row.ruleId)
    // What will be paid, and when, nobody knows.
    if (rule?.terms.trigger === 'paid') return []
    const before = totals.find(({ ruleId, payeeId }) => ruleId === row.ruleId && payeeId === row.payeeId)
    const { payerId, payeeId, currency: code, asOf } = row
    const toDate = {
      base: decimal(before?.base ?? '0'),
      earned: decimal(before?.amount ?? '0'),
      uncapped: decimal(before?.uncapped ?? '0'),
    }
    return {
      payerId,
      payeeId,
      currency: code,
      estimated: rule ? amountOf(row, rule, toDate) : null,
      ...countsOf(row, rule),
      asOf,
    }
  })
}

/** What is estimated, and what is not: by a rule on the margin nothing is, as the payer's own cost is not looked at here. */
function countsOf({ lines, parked }: queries.PendingRow, rule: RuleRow | undefined) {
  if (!rule) return { lines: 0, parked: 0, withoutRule: lines }
  return rule.basis === 'margin'
    ? { lines: 0, parked: lines, withoutRule: 0 }
    : { lines: lines - parked, parked, withoutRule: 0 }
}

function amountOf(row: queries.PendingRow, { basis, terms }: RuleRow, toDate: ToDate): Decimal | null {
  if (row.base === null || basis === 'margin') return null
  const base = decimal(row.base)
  if (terms.scope === 'period') return earnPeriod(terms, toDate, base, currency(row.currency)).amount
  const amount = decimal(row.perLine ?? '0')
  return countsToDate(terms) ? addEarned(terms, toDate, { base, amount }).amount : amount
}

/** The sum of what is known; null where there is something, and none of it is known. */
export const knownSum = (pending: readonly Pending[]): Decimal | null => {
  const known = pending.flatMap(({ estimated }) => (estimated === null ? [] : [estimated]))
  if (known.length === 0 && pending.length > 0) return null
  return known.reduce((total, amount) => total.plus(amount), zero)
}
