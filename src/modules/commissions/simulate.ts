import { decimal, type Decimal, plainText, zero } from '../../billing/money.ts'
import type { Tx } from '../../platform/db.ts'
import { invariant } from '../../platform/errors.ts'
import type { JobResult, WorkCtx } from '../../platform/work.ts'
import { workScope } from '../../platform/work.ts'
import { openRuleBook, type Seat, seatsOf } from './book.ts'
import { readCosts, withCosts } from './costs.ts'
import { earn, type IssuedLine, lacksOf, pairKey, type RunningTotal } from './earn.ts'
import { listRulesOf } from './queries-rules.ts'
import * as runs from './queries-run.ts'
import * as queries from './queries-simulations.ts'
import type { RuleRow } from './terms.ts'

const linesPerChunk = 5_000

/** What a side gives a payee on a line: null where that is unknown. */
type Given = (line: IssuedLine, seat: Seat) => Decimal | null

/** Computes earnings of lines that nothing was earned on, going on from chunk to chunk with what counts to date. */
function openSide() {
  const totals = new Map<string, RunningTotal>()
  return (lines: readonly IssuedLine[], rules: readonly RuleRow[]): Given => {
    const book = openRuleBook(rules)
    const lacks = lacksOf(lines, book, [])
    const keyOf = (line: { invoiceId: string; line: number }, payeeId: string) =>
      `${line.invoiceId} ${line.line} ${payeeId}`
    const isKnown = new Map(
      lacks.map(({ line, seat, parts }) => [keyOf(line, seat.payeeId), parts.every(({ base }) => base !== null)]),
    )
    const amounts = new Map<string, Decimal>()
    for (const one of earn(lacks, [...totals.values()])) {
      const key = keyOf(one, one.seat.payeeId)
      amounts.set(key, (amounts.get(key) ?? zero).plus(decimal(one.amount)))
      if (one.position === null) continue
      const { rule, seat, baseToDate: base, amountToDate: amount, uncappedToDate: uncapped, position } = one
      totals.set(pairKey(rule.id, seat), { ruleId: rule.id, payeeId: seat.payeeId, base, amount, uncapped, position })
    }
    const waits = (line: IssuedLine, seat: Seat) =>
      book
        .stretches(seat, line.currency, { from: line.serviceStart, to: line.serviceEnd })
        .some(({ chosen }) => chosen?.terms.trigger === 'paid')
    return (line, seat) => {
      const key = keyOf(line, seat.payeeId)
      if (isKnown.get(key) === false || waits(line, seat)) return null
      return amounts.get(key) ?? zero
    }
  }
}

/** The draft as a rule that is in force on every day. */
const asRule = ({ period, ...draft }: queries.Draft): RuleRow => ({
  ...draft,
  validFrom: '2000-01-01',
  validTo: null,
  createdAt: period,
  updatedAt: period,
  usedUntil: null,
  version: 1,
})

/**
 * Replays the documents of a period, reading some lines at a time, and writes what differs once all are read. Reads again
 * from the start when it is taken up again; what is written is written once.
 */
export async function simulate(
  ctx: WorkCtx,
  { simulationId }: { simulationId: string },
  chunkLines = linesPerChunk,
): Promise<JobResult> {
  const { owner } = ctx.job
  const payerId = owner.organizationId
  const scope = workScope(owner, 'weir_seller')
  const draft = await ctx.transaction(scope, (tx) => queries.findDraft(tx, payerId, simulationId))
  invariant(draft, 'a simulation is stored with its job')
  const run = { jobId: ctx.job.id, payerId, payerLevel: owner.level, period: draft.period }
  const extent = await ctx.transaction(scope, (tx) => runs.findExtent(tx, payerId, draft.period))
  const found = openFound()
  const sides = { before: openSide(), after: openSide() }
  let place: runs.Place = { year: extent?.year ?? 0, sequence: extent?.sequence ?? 0, line: 0 }
  for (let read = chunkLines, lines = 0; read === chunkLines;) {
    const after = place
    const page = await ctx.transaction(scope, (tx) =>
      replay(tx, run, draft, { after, limit: chunkLines }, sides, found),
    )
    read = page.lines
    lines += read
    if (page.last) place = page.last
    ctx.progress(lines, Math.max(lines, extent?.lines ?? 0), 'lines')
  }
  const rows = found.rows()
  for (let from = 0, number = 1; from < rows.length; from += linesPerChunk, number += 1) {
    const some = rows.slice(from, from + linesPerChunk)
    await ctx.chunk(number, scope, async (tx) => {
      await queries.insertResults(tx, draft, some)
      return {}
    })
  }
  return { href: `/api/v1/commissions/simulations/${simulationId}`, rows: rows.length }
}

async function replay(
  tx: Tx,
  run: runs.Run,
  draft: queries.Draft,
  page: { after: runs.Place; limit: number },
  sides: { before: ReturnType<typeof openSide>; after: ReturnType<typeof openSide> },
  found: ReturnType<typeof openFound>,
): Promise<{ lines: number; last: runs.Place | undefined }> {
  const withPlans = draft.terms.eligible?.planIds !== undefined || (await runs.asksForPlans(tx, run.payerId))
  const read = await runs.listLinesAfter(tx, run, { ...page, withPlans })
  if (read.length === 0) return { lines: 0, last: undefined }
  const lines = await (draft.basis === 'margin' ? readCosts : withCosts)(tx, run, read)
  const rules = await listRulesOf(tx, run.payerId, [...new Set(lines.flatMap(seatsOf).map(({ payeeId }) => payeeId))])
  const others = rules.filter(({ payeeId, currency }) => payeeId !== draft.payeeId || currency !== draft.currency)
  const [before, given] = [sides.before(lines, rules), sides.after(lines, [...others, asRule(draft)])]
  const served = new Map(
    (await queries.listServed(tx, run.payerId, lines)).map((row) => [`${row.invoiceId} ${row.line}`, row]),
  )
  for (const line of lines) {
    const service = served.get(`${line.invoiceId} ${line.line}`)
    if (line.kind === 'discount' || !service || line.currency !== draft.currency) continue
    const concerned = seatsOf(line).filter((seat) => [seat.payeeId, seat.distributorId].includes(draft.payeeId))
    for (const seat of concerned) found.add(line, seat, service, before(line, seat), given(line, seat))
  }
  return { lines: read.length, last: read.at(-1) }
}

type Sum = Omit<queries.NewResult, 'before' | 'after'> & { before: Decimal; after: Decimal }

/** Adds up by payee, tenant and SKU: what only one side knows is counted, and in no amount. */
function openFound() {
  const sums = new Map<string, Sum>()
  const add = (
    { skuId, currency }: IssuedLine,
    { payeeId }: Seat,
    { tenantId, partnerId, distributorId }: queries.ServedRow,
    before: Decimal | null,
    after: Decimal | null,
  ): void => {
    const names = { payeeId, tenantId, partnerId, distributorId, skuId, currency }
    const key = Object.values(names).join(' ')
    const sum = sums.get(key) ?? { ...names, lines: 0, unknown: 0, before: zero, after: zero }
    sums.set(key, sum)
    sum.lines += 1
    if (before === null || after === null) {
      sum.unknown += 1
      return
    }
    sum.before = sum.before.plus(before)
    sum.after = sum.after.plus(after)
  }
  const rows = (): queries.NewResult[] =>
    [...sums.values()].map((sum) => ({ ...sum, before: plainText(sum.before), after: plainText(sum.after) }))
  return { add, rows }
}
