import { type CollectedBases, type CollectedBasis, followCollection } from '../../../billing/collected.ts'
import { partOfDays } from '../../../billing/commission-line.ts'
import { countsToDate, retierLine } from '../../../billing/commission.ts'
import { amountText, currency, decimal, type Decimal, zero } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { type Applied, type RuleBook, type Seat, seatsOf } from './book.ts'
import type { withCosts } from './costs.ts'
import { eligible, type IssuedLine, type NewEarning, type openCounts } from './earn.ts'
import * as queries from './queries-collect.ts'
import type { Run } from './queries.ts'

/** A document with everything that happened to its money. */
type Followed = queries.CollectedDocument & {
  readonly lines: readonly IssuedLine[]
  readonly events: readonly queries.EventRow[]
  readonly credits: ReadonlyMap<string, ReadonlyMap<number, Decimal>>
}

/** What an event changes of the base of one payee on some days of a line. */
export type Change = {
  readonly eventId: string
  readonly line: IssuedLine
  readonly seat: Seat
  readonly rule: Applied
  readonly from: string
  readonly to: string
  readonly before: Decimal
  readonly after: Decimal
}

/** Reads what happened to the money of documents, with what their lines cost as `readCosts` tells it. */
export async function follow(
  tx: Tx,
  run: Run,
  documents: readonly queries.CollectedDocument[],
  readCosts: typeof withCosts,
): Promise<Followed[]> {
  const { payerId } = run
  const ids = documents.map(({ id }) => id)
  const known = new Map(documents.map((one) => [one.id, one]))
  const placed = (await queries.listLines(tx, payerId, ids)).map((line): IssuedLine => {
    const document = known.get(line.invoiceId)
    invariant(document, 'a line is of a document that was asked for')
    const { issueDate, currency: code, agentDistributorId, agentPartnerId } = document
    return { ...line, issueDate, currency: code, agentDistributorId, agentPartnerId }
  })
  const lines = Map.groupBy(await readCosts(tx, run, placed), ({ invoiceId }) => invoiceId)
  const events = Map.groupBy(await queries.listEvents(tx, payerId, ids), ({ invoiceId }) => invoiceId)
  const credits = Map.groupBy(await queries.listCreditedLines(tx, payerId, ids), ({ noteId }) => noteId)
  const nets = new Map(
    [...credits].map(([noteId, rows]) => [noteId, new Map(rows.map(({ line, net }) => [line, decimal(net)]))]),
  )
  return documents.map((document) => {
    const { id } = document
    return { ...document, lines: lines.get(id) ?? [], events: events.get(id) ?? [], credits: nets }
  })
}

/** The changes that the events of the period make, in the order of events, lines and payees. */
export function changesOf(document: Followed, period: string, book: RuleBook): Change[] {
  const inPeriod = new Set(document.events.filter((event) => event.period === period).map(({ id }) => id))
  const states = {
    collected: statesOf(document, 'collected', netOf),
    net: statesOf(document, 'whole', netOf),
    margin: statesOf(document, 'whole', marginOf),
  }
  return document.lines.flatMap((line) =>
    seatsOf(line).flatMap((seat) => {
      const days = { from: line.serviceStart, to: line.serviceEnd }
      return eligible(book.stretches(seat, line.currency, days), line).flatMap((stretch) => {
        const rule = stretch.chosen
        if (rule?.terms.trigger !== 'paid' || (rule.basis === 'margin' && line.cost === null)) return []
        const ofDays = (base: Decimal) => partOfDays(base, line, stretch, currency(line.currency))
        return states[rule.basis]
          .filter(({ id }) => inPeriod.has(id))
          .map((state): Change => {
            const before = ofDays(state.before.get(line.line) ?? zero)
            const after = ofDays(state.after.get(line.line) ?? zero)
            return { eventId: state.id, line, seat, rule, from: stretch.from, to: stretch.to, before, after }
          })
          .filter(({ before, after }) => !before.equals(after))
      })
    }),
  )
}

const netOf = ({ base }: IssuedLine): Decimal => decimal(base)
const marginOf = ({ base, cost }: IssuedLine): Decimal => decimal(base).minus(decimal(cost ?? base))

const statesOf = (document: Followed, basis: CollectedBasis, baseOf: (line: IssuedLine) => Decimal): CollectedBases[] =>
  followCollection(
    {
      total: decimal(document.total),
      lines: document.lines.map((one) => ({ line: one.line, base: baseOf(one) })),
    },
    document.events.map(({ id, collected, given, credited }) => ({
      id,
      collected: decimal(collected),
      given: decimal(given),
      credited: decimal(credited),
      lineCredits: document.credits.get(id) ?? new Map(),
    })),
    basis,
    currency(document.currency),
  )

/** The base that the event added, tiered after what the line had collected before it. */
export function toEarning(change: Change, counts: ReturnType<typeof openCounts>): NewEarning {
  const { line, seat, rule, before, after } = change
  const code = currency(line.currency)
  const base = after.minus(before)
  const common = {
    seat,
    rule,
    invoiceId: line.invoiceId,
    line: line.line,
    issueDate: line.issueDate,
    serviceStart: change.from,
    serviceEnd: change.to,
    currency: line.currency,
    base: amountText(base, code),
    eventId: change.eventId,
  }
  const counting = { currency: line.currency, lineBefore: before }
  if (countsToDate(rule.terms)) return { ...common, ...counts.count(rule, seat, base, counting) }
  return {
    ...common,
    amount: amountText(retierLine(rule.terms, before, base, code), code),
    baseToDate: amountText(after, code),
    amountToDate: amountText(retierLine(rule.terms, zero, after, code), code),
    uncappedToDate: null,
    position: null,
  }
}
