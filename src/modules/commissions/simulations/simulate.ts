import { decimal, type Decimal, zero } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import type { JobResult, WorkCtx } from '../../../platform/work.ts'
import { workScope } from '../../../platform/work.ts'
import type { RuleRow } from '../rules/terms.ts'
import { openRuleBook, type Seat, seatsOf } from '../runs/book.ts'
import { readCosts, withCosts } from '../runs/costs.ts'
import { earn, type IssuedLine, lacksOf, pairKey, type RunningTotal } from '../runs/earn.ts'
import { asksForPayments } from '../runs/queries-collect.ts'
import * as runs from '../runs/queries.ts'
import * as queries from './queries.ts'
import { isConcerned, openCollected, replayCollected, standingOf } from './simulate-collected.ts'
import { rulesTried } from './simulated-rules.ts'
import { openSums, type Sums } from './sums.ts'

const linesPerChunk = 5_000
const documentsPerChunk = 500

/** What a side gives a payee on a line: null where that is unknown. */
type Given = (line: IssuedLine, seat: Seat) => Decimal | null

/** Computes earnings of lines that nothing was earned on, going on from chunk to chunk with what counts to date. */
function openSide() {
  const totals = new Map<string, RunningTotal>()
  return (lines: readonly IssuedLine[], rules: readonly RuleRow[]): Given => {
    const book = openRuleBook(rules)
    const keyOf = (line: { invoiceId: string; line: number }, payeeId: string) =>
      `${line.invoiceId} ${line.line} ${payeeId}`
    const amounts = new Map<string, Decimal>()
    for (const one of earn(lacksOf(lines, book, []), [...totals.values()])) {
      const key = keyOf(one, one.seat.payeeId)
      amounts.set(key, (amounts.get(key) ?? zero).plus(decimal(one.amount)))
      if (one.position === null) continue
      const { rule, seat, baseToDate: base, amountToDate: amount, uncappedToDate: uncapped, position } = one
      totals.set(pairKey(rule.id, seat), { ruleId: rule.id, payeeId: seat.payeeId, base, amount, uncapped, position })
    }
    return (line, seat) =>
      standingOf(book, line, seat).unknown ? null : (amounts.get(keyOf(line, seat.payeeId)) ?? zero)
  }
}

type Sides = { readonly before: ReturnType<typeof openSide>; readonly after: ReturnType<typeof openSide> }

/**
 * Replays what a run of the period looks at, its documents and what was paid in it, reading some at a time, and writes what
 * differs once all is read. Reads again from the start when it is taken up again; what is written is written once.
 */
export async function simulate(
  ctx: WorkCtx,
  { simulationId }: { simulationId: string },
  chunk = { lines: linesPerChunk, documents: documentsPerChunk },
): Promise<JobResult> {
  const { owner } = ctx.job
  const payerId = owner.organizationId
  const scope = workScope(owner, 'weir_seller')
  const draft = await ctx.transaction(scope, (tx) => queries.findDraft(tx, payerId, simulationId))
  invariant(draft, 'a simulation is stored with its job')
  const run = { jobId: ctx.job.id, payerId, payerLevel: owner.level, period: draft.period }
  const sums = openSums()
  const issued = await replayDocuments(ctx, run, draft, chunk.lines, sums)
  await replayPayments(ctx, run, draft, { limit: chunk.documents, lines: issued }, sums)
  const rows = sums.rows()
  for (let from = 0, number = 1; from < rows.length; from += linesPerChunk, number += 1) {
    const some = rows.slice(from, from + linesPerChunk)
    await ctx.chunk(number, scope, async (tx) => {
      await queries.insertResults(tx, draft, some)
      return {}
    })
  }
  return { href: `/api/v1/commissions/simulations/${simulationId}`, rows: rows.length }
}

/** All lines of the documents of the period; answers how many there are. */
async function replayDocuments(
  ctx: WorkCtx,
  run: runs.Run,
  draft: queries.Draft,
  limit: number,
  sums: Sums,
): Promise<number> {
  const scope = workScope(ctx.job.owner, 'weir_seller')
  const extent = await ctx.transaction(scope, (tx) => runs.findExtent(tx, run.payerId, run.period))
  const sides = { before: openSide(), after: openSide() }
  let place: runs.Place = { year: extent?.year ?? 0, sequence: extent?.sequence ?? 0, line: 0 }
  let lines = 0
  for (let read = limit; read === limit;) {
    const after = place
    const page = await ctx.transaction(scope, (tx) => replay(tx, run, draft, { after, limit }, { sides, sums }))
    read = page.lines
    lines += read
    if (page.last) place = page.last
    ctx.progress(lines, Math.max(lines, extent?.lines ?? 0), 'lines')
  }
  return lines
}

/** What was paid in the period comes after its documents, as in a run. */
async function replayPayments(
  ctx: WorkCtx,
  run: runs.Run,
  draft: queries.Draft,
  { limit, lines }: { readonly limit: number; readonly lines: number },
  sums: Sums,
): Promise<void> {
  const scope = workScope(ctx.job.owner, 'weir_seller')
  const isAsked =
    draft.terms.trigger === 'paid' || (await ctx.transaction(scope, (tx) => asksForPayments(tx, run.payerId)))
  const counts = openCollected()
  let read = lines
  for (let after: string | null = isAsked ? nilId : null; after !== null;) {
    const position: string = after
    const page = await ctx.transaction(scope, (tx) =>
      replayCollected(tx, run, draft, { after: position, limit }, { counts, sums }),
    )
    read += page.lines
    ctx.progress(read, read, 'lines')
    after = page.last
  }
}

async function replay(
  tx: Tx,
  run: runs.Run,
  draft: queries.Draft,
  page: { after: runs.Place; limit: number },
  { sides, sums }: { readonly sides: Sides; readonly sums: Sums },
): Promise<{ lines: number; last: runs.Place | undefined }> {
  const withPlans = draft.terms.eligible?.planIds !== undefined || (await runs.asksForPlans(tx, run.payerId))
  const read = await runs.listLinesAfter(tx, run, { ...page, withPlans })
  if (read.length === 0) return { lines: 0, last: undefined }
  const lines = await (draft.basis === 'margin' ? readCosts : withCosts)(tx, run, read)
  const rules = await rulesTried(tx, draft, lines)
  const [before, given] = [sides.before(lines, rules.before), sides.after(lines, rules.after)]
  const served = new Map(
    (await queries.listServed(tx, run.payerId, lines)).map((row) => [`${row.invoiceId} ${row.line}`, row]),
  )
  for (const line of lines) {
    const service = served.get(`${line.invoiceId} ${line.line}`)
    if (line.kind === 'discount' || !service || line.currency !== draft.currency) continue
    for (const seat of seatsOf(line).filter((one) => isConcerned(one, draft))) {
      sums.add({ line, seat, service, before: before(line, seat), after: given(line, seat), isNew: true })
    }
  }
  return { lines: read.length, last: read.at(-1) }
}
