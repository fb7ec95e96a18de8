import { reverse, takenBases } from '../../../billing/commission-clawback.ts'
import { countsToDate, retierLine } from '../../../billing/commission.ts'
import { amountText, currency, decimal, type Decimal } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { type Happening, raiseEvents } from '../../webhooks/events.ts'
import { lockCommissions } from '../rules/queries.ts'
import { openCounts, type RunningTotal } from './earn.ts'
import { type CreditRow, listCredits } from './queries-credits.ts'
import * as queries from './queries.ts'
import { rowsOf, type Whole } from './rows.ts'
import { write } from './write.ts'

/**
 * Takes back what issued credit notes reduce and nothing was taken back for yet (law 16): in a period whose statement is
 * open by tiering it again, else by the same share of the earning. Answers how many earnings it reduced; fewer than
 * `limit`: all are. Run twice it adds nothing.
 */
export async function takeBack(tx: Tx, run: queries.Run, limit: number): Promise<number> {
  await lockCommissions(tx, run.payerId)
  const credits = await listCredits(tx, run.payerId, limit)
  if (credits.length === 0) return 0
  // Several notes on one earning build on each other: what the first takes back is what the second finds. One at a time.
  const named = new Set<string>()
  const next = credits.filter(({ earningId }) => !named.has(earningId) && named.add(earningId))
  const wholes = toWholes(next, run, await totalsOf(tx, next))
  const rows = wholes.flatMap(rowsOf)
  await write(tx, run, rows)
  await raiseEvents(
    tx,
    rows.map((row) => happeningOf(run.payerId, row)),
  )
  return next.length
}

const creditsPerStep = 500

/**
 * Takes back all that issued credit notes of a payer reduce, in the transaction that issues them: a reversal is of the present
 * month unless its statement is open. Runs as weir_seller.
 */
export async function takeBackAll(tx: Tx, payer: Omit<queries.Run, 'period'>): Promise<void> {
  const run = { ...payer, period: await queries.findCurrentPeriod(tx) }
  while ((await takeBack(tx, run, creditsPerStep)) > 0);
}

async function totalsOf(tx: Tx, credits: readonly CreditRow[]): Promise<Map<string, RunningTotal[]>> {
  const counted = credits.filter(({ rule, statement }) => statement === 'open' && countsToDate(rule))
  const totals = new Map<string, RunningTotal[]>()
  for (const [period, rows] of Map.groupBy(counted, (row) => row.period)) {
    totals.set(period, await queries.listRunningTotals(tx, period, distinctPairs(rows)))
  }
  return totals
}

const distinctPairs = (rows: readonly CreditRow[]) => [
  ...new Map(
    rows.map(({ ruleId, payeeId }) => [`${ruleId} ${payeeId}`, { ruleId: ruleId, payeeId: payeeId }]),
  ).values(),
]

function toWholes(
  credits: readonly CreditRow[],
  run: queries.Run,
  totals: ReadonlyMap<string, readonly RunningTotal[]>,
): Whole[] {
  const counts = new Map([...totals].map(([period, found]) => [period, openCounts(found)]))
  return credits.map((row) => {
    const isOpen = row.statement === 'open'
    const base = baseDelta(row)
    const figures = isOpen ? retiered(row, base, counts.get(row.period)) : reversed(row, base)
    return {
      kind: isOpen ? 'retier' : 'reversal',
      payee: { id: row.payeeId, level: row.payeeLevel },
      ruleId: row.ruleId,
      rule: JSON.stringify(row.rule),
      terms: row.rule,
      invoiceId: row.noteId,
      line: row.line,
      issueDate: row.issueDate,
      serviceStart: row.serviceStart,
      serviceEnd: row.serviceEnd,
      period: isOpen || run.period < row.period ? row.period : run.period,
      currency: row.currency,
      base: amountText(base, currency(row.currency)),
      ...figures,
      reverses: row.earningId,
      eventId: null,
      retiered: 0,
    }
  })
}

/** What this credit takes of the earning's base, beside what was taken before. */
function baseDelta(row: CreditRow): Decimal {
  const bases = row.bases.map((base) => decimal(base))
  const taken = takenBases(decimal(row.credited), decimal(row.wholeLine), bases, currency(row.currency))
  const toDate = taken[row.place] ?? decimal('0')
  return toDate.minus(decimal(row.retierBase)).minus(decimal(row.reversedBase))
}

/** The line before this credit, as it was tiered. */
const lineBefore = (row: CreditRow): Decimal =>
  decimal(row.bases[row.place] ?? '0')
    .plus(decimal(row.retierBase))
    .plus(decimal(row.reversedBase))

function retiered(row: CreditRow, base: Decimal, counts: ReturnType<typeof openCounts> | undefined) {
  const before = lineBefore(row)
  const code = currency(row.currency)
  if (counts && countsToDate(row.rule)) {
    return counts.count({ id: row.ruleId, terms: row.rule }, row, base, {
      currency: row.currency,
      lineBefore: before,
    })
  }
  const amount = retierLine(row.rule, before, base, code)
  const earned = decimal(row.amount).plus(decimal(row.retierAmount)).plus(decimal(row.reversedAmount))
  return figuresOf(row, { amount, base: before.plus(base), toDate: earned.plus(amount) })
}

function reversed(row: CreditRow, base: Decimal) {
  const before = {
    base: decimal(row.bases[row.place] ?? '0').plus(decimal(row.retierBase)),
    amount: decimal(row.amount).plus(decimal(row.retierAmount)),
  }
  const taken = { base: decimal(row.reversedBase), amount: decimal(row.reversedAmount) }
  const { amount } = reverse(before, taken, base, currency(row.currency))
  return figuresOf(row, { amount, base: taken.base.plus(base), toDate: taken.amount.plus(amount) })
}

function figuresOf(row: CreditRow, { amount, base, toDate }: { amount: Decimal; base: Decimal; toDate: Decimal }) {
  const code = currency(row.currency)
  return {
    amount: amountText(amount, code),
    baseToDate: amountText(base, code),
    amountToDate: amountText(toDate, code),
    uncappedToDate: null,
    position: null,
  }
}

/** Payer and payee are told of every part that is taken back. */
export const happeningOf = (payerId: string, row: ReturnType<typeof rowsOf>[number]): Happening => ({
  type: 'earning.reversed',
  objectId: row.id,
  receivers: [payerId, row.payee.id],
  data: {
    earningId: row.id,
    kind: row.kind,
    reverses: row.reverses,
    documentId: row.invoiceId,
    period: row.period,
    currency: row.currency,
    amount: row.amount,
  },
})
