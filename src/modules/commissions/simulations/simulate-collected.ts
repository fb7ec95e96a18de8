import { decimal, type Decimal, zero } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { openRuleBook, type RuleBook, type Seat, seatsOf } from '../runs/book.ts'
import { type Change, changesOf, follow, toEarning } from '../runs/collect-changes.ts'
import { readCosts, withCosts } from '../runs/costs.ts'
import { eligible, type IssuedLine, openCounts } from '../runs/earn.ts'
import { listDocuments } from '../runs/queries-collect.ts'
import type { Run } from '../runs/queries.ts'
import { type Draft, listServed } from './queries.ts'
import { rulesTried } from './simulated-rules.ts'
import type { Sums } from './sums.ts'

/** Where a replay of payments stands: what counts to date on each side goes on from document to document. */
export const openCollected = () => ({ before: openCounts([]), after: openCounts([]) })

/**
 * Replays what was paid in the period, what went back and what was credited, by the rules as they are and with the draft, as a
 * run collects it: documents of any period, some after `after`. Answers how many lines they have and the last of them, null once
 * all are done. Runs as weir_seller.
 */
export async function replayCollected(
  tx: Tx,
  run: Run,
  draft: Draft,
  { after, limit }: { readonly after: string; readonly limit: number },
  { counts, sums }: { readonly counts: ReturnType<typeof openCollected>; readonly sums: Sums },
): Promise<{ lines: number; last: string | null }> {
  const documents = await listDocuments(tx, run, after, limit)
  if (documents.length === 0) return { lines: 0, last: null }
  const followed = await follow(tx, run, documents, draft.basis === 'margin' ? readCosts : withCosts)
  const lines = followed.flatMap((document) => document.lines)
  const rules = await rulesTried(tx, draft, lines)
  const books = { before: openRuleBook(rules.before), after: openRuleBook(rules.after) }
  const changesIn = (book: RuleBook) => followed.flatMap((document) => changesOf(document, run.period, book))
  const given = {
    before: amountsOf(changesIn(books.before), counts.before),
    after: amountsOf(changesIn(books.after), counts.after),
  }
  const served = new Map((await listServed(tx, run.payerId, lines)).map((row) => [`${row.invoiceId} ${row.line}`, row]))
  for (const { line, seat, isNew } of concernedOf(followed, run, draft)) {
    const service = served.get(`${line.invoiceId} ${line.line}`)
    const standing = [standingOf(books.before, line, seat), standingOf(books.after, line, seat)]
    if (!service || !standing.some(({ waits }) => waits)) continue
    const isUnknown = standing.some(({ unknown }) => unknown)
    // What is unknown of a document of the period was counted with it.
    if (isUnknown && !isNew) continue
    const key = keyOf(line, seat)
    const amount = (side: ReadonlyMap<string, Decimal>) => (isUnknown ? null : (side.get(key) ?? zero))
    sums.add({ line, seat, service, before: amount(given.before), after: amount(given.after), isNew })
  }
  return { lines: lines.length, last: documents.at(-1)?.id ?? null }
}

/** The lines that the draft can change, by who earns on them; new are those of documents that the period did not count. */
const concernedOf = (followed: Awaited<ReturnType<typeof follow>>, run: Run, draft: Draft) =>
  followed.flatMap(({ lines, period }) =>
    lines
      .filter(({ currency }) => currency === draft.currency)
      .flatMap((line) =>
        seatsOf(line)
          .filter((seat) => isConcerned(seat, draft))
          .map((seat) => ({ line, seat, isNew: period !== run.period })),
      ),
  )

/** Whose earnings a draft can change: those of its payee, and of the partners that may take its rule. */
export const isConcerned = ({ payeeId, distributorId }: Seat, draft: Pick<Draft, 'payeeId'>): boolean =>
  payeeId === draft.payeeId || distributorId === draft.payeeId

/** Whether some days of a line wait for payment, and whether nobody knows what some of them are worth. */
export function standingOf(book: RuleBook, line: IssuedLine, seat: Seat): { waits: boolean; unknown: boolean } {
  const days = { from: line.serviceStart, to: line.serviceEnd }
  const rules = eligible(book.stretches(seat, line.currency, days), line).map(({ chosen }) => chosen)
  return {
    waits: rules.some((rule) => rule?.terms.trigger === 'paid'),
    unknown: line.cost === null && rules.some((rule) => rule?.basis === 'margin'),
  }
}

function amountsOf(changes: readonly Change[], counts: ReturnType<typeof openCounts>): ReadonlyMap<string, Decimal> {
  const amounts = new Map<string, Decimal>()
  for (const change of changes) {
    const key = keyOf(change.line, change.seat)
    amounts.set(key, (amounts.get(key) ?? zero).plus(decimal(toEarning(change, counts).amount)))
  }
  return amounts
}

const keyOf = ({ invoiceId, line }: IssuedLine, { payeeId }: Seat): string => `${invoiceId} ${line} ${payeeId}`
