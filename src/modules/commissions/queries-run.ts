import type { Posting } from '../../billing/ledger.ts'
import type { Level } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { EarnedBefore, IssuedLine, NewEarning, RunningTotal } from './earn.ts'

// All of it runs as the payer's money duties: one seller a transaction.

/** Where a run stands in the order of documents and lines. */
export type Place = { readonly year: number; readonly sequence: number; readonly line: number }

/** An issued line with its place. */
export type PlacedLine = IssuedLine & Place

const earningDocuments = (tx: Tx, payerId: string, period: string) => tx`
  invoice.seller_id = ${payerId} and invoice.period = ${period} and invoice.type = 'invoice' and invoice.state = 'issued'
  and (edge.agent_distributor_id is not null or edge.agent_partner_id is not null)`

/** How many lines there are to look at, and before which place they begin. */
export const findExtent = async (tx: Tx, payerId: string, period: string) =>
  one(
    await tx<{ lines: number; year: number | null; sequence: number | null }[]>`
      select coalesce(sum(invoice.lines), 0)::int as lines, (min(array[number_year, number_sequence]))[1] as year,
             (min(array[number_year, number_sequence]))[2] as sequence
      from invoice join edge on edge.id = invoice.edge_id
      where ${earningDocuments(tx, payerId, period)}`,
  )

/**
 * The next lines after a place, in the order of documents and lines. Documents are taken as far as their lines are needed,
 * so that a chunk costs the same wherever it stands.
 */
export const listLinesAfter = (tx: Tx, payerId: string, period: string, after: Place, limit: number) =>
  tx<PlacedLine[]>`
    with document as materialized (
      select *, sum(lines) over (order by number_year, number_sequence) - lines as before
      from (
        select invoice.id, number_year, number_sequence, invoice.currency, lines, agent_distributor_id, agent_partner_id
        from invoice join edge on edge.id = invoice.edge_id
        where ${earningDocuments(tx, payerId, period)}
          and (number_year, number_sequence) >= (${after.year}, ${after.sequence})
        order by number_year, number_sequence limit ${limit + 1}) as next
    )
    select document.id as "invoiceId", number_year as year, number_sequence as sequence, line.line, document.currency,
           line.net::text, line.service_start as "serviceStart", line.service_end as "serviceEnd",
           agent_distributor_id as "agentDistributorId", agent_partner_id as "agentPartnerId"
    from document
    cross join lateral (
      select line, net, service_start, service_end from invoice_line where invoice_line.invoice_id = document.id offset 0
    ) as line
    where document.before < ${after.line + limit}
      and (number_year, number_sequence, line.line) > (${after.year}, ${after.sequence}, ${after.line})
    order by number_year, number_sequence, line.line limit ${limit}`

export const listEarnedBefore = (tx: Tx, payerId: string, lines: readonly IssuedLine[]) =>
  tx<EarnedBefore[]>`
    select earning.invoice_id as "invoiceId", earning.line, payee_id as "payeeId", service_start as "serviceStart",
           service_end as "serviceEnd", base::text
    from unnest(${arrayOf(lines, (line) => line.invoiceId)}::uuid[], ${arrayOf(lines, (line) => line.line)}::int[]) as wanted (invoice_id, line)
    join earning on earning.invoice_id = wanted.invoice_id and earning.line = wanted.line
    where earning.payer_id = ${payerId}
    order by service_start`

/** The last earning of each rule and payee that count the period to date. */
export const listRunningTotals = (tx: Tx, period: string, pairs: readonly { ruleId: string; payeeId: string }[]) =>
  tx<RunningTotal[]>`
    select wanted.rule_id as "ruleId", wanted.payee_id as "payeeId", base_to_date::text as base,
           amount_to_date::text as amount, position
    from unnest(${pairs.map((pair) => pair.ruleId)}::uuid[], ${pairs.map((pair) => pair.payeeId)}::uuid[]) as wanted (rule_id, payee_id)
    cross join lateral (
      select base_to_date, amount_to_date, position from earning
      where earning.rule_id = wanted.rule_id and earning.payee_id = wanted.payee_id and period = ${period}
        and position is not null
      order by position desc limit 1) as last`

/** Whose run it is. */
export type Run = { jobId: string; payerId: string; payerLevel: Level; period: string }

type Made = NewEarning & { readonly id: string }

/**
 * A column of ids, numbers and days as the text of a Postgres array. None of them needs quoting, which the driver would
 * look for in each of a chunk's hundred thousand values.
 */
const arrayOf = <T>(rows: readonly T[], pick: (row: T) => string | number | null): string =>
  `{${rows.map((row) => pick(row) ?? 'null').join(',')}}`

const isInherited = ({ rule, seat }: Made): boolean => rule.payeeId !== seat.payeeId

/** What the payee may know of a rule, which need not be its own, as text of JSON. */
const snapshotOf = (one: Made): string =>
  JSON.stringify({ basis: one.rule.basis, inherited: isInherited(one), ...one.rule.terms })

/** Each snapshot once, and which of them belongs to each earning. */
function snapshotsOf(earnings: readonly Made[]): { texts: string[]; numbers: number[] } {
  const known = new Map<string, number>()
  const texts: string[] = []
  const numbers = earnings.map((one) => {
    const key = `${one.rule.id} ${isInherited(one)}`
    const number = known.get(key) ?? texts.push(snapshotOf(one))
    known.set(key, number)
    return number
  })
  return { texts, numbers }
}

/** Writes earnings with the snapshots of their rules. */
export async function insertEarnings(tx: Tx, run: Run, earnings: readonly Made[]): Promise<void> {
  const { texts, numbers } = snapshotsOf(earnings)
  const column = (pick: (one: Made) => string | number | null) => arrayOf(earnings, pick)
  const payerAt = (level: Level) => (run.payerLevel === level ? run.payerId : null)
  const payeeAt = (level: Level) => column(({ seat }) => (seat.level === level ? seat.payeeId : null))
  await tx`
    insert into earning (id, payer_id, payee_id, rule_id, rule, invoice_id, line, service_start, service_end, period, currency,
                         base, base_to_date, amount, amount_to_date, position, job_id,
                         see_platform_id, see_distributor_id, see_partner_id)
    select made.id, ${run.payerId}, coalesce(to_distributor_id, to_partner_id), rule_id, snapshot.rule::jsonb, invoice_id, line,
           service_start, service_end, ${run.period}, currency, base, base_to_date, amount, amount_to_date, position,
           ${run.jobId}, ${payerAt('platform')}, coalesce(${payerAt('distributor')}, to_distributor_id), to_partner_id
    from unnest(
      ${column(({ id }) => id)}::uuid[], ${payeeAt('distributor')}::uuid[], ${payeeAt('partner')}::uuid[],
      ${column(({ rule }) => rule.id)}::uuid[], ${arrayOf(numbers, (number) => number)}::int[],
      ${column(({ invoiceId }) => invoiceId)}::uuid[], ${column(({ line }) => line)}::int[],
      ${column(({ serviceStart }) => serviceStart)}::date[], ${column(({ serviceEnd }) => serviceEnd)}::date[],
      ${column(({ currency }) => currency)}::text[], ${column(({ base }) => base)}::numeric[],
      ${column(({ baseToDate }) => baseToDate)}::numeric[], ${column(({ amount }) => amount)}::numeric[],
      ${column(({ amountToDate }) => amountToDate)}::numeric[], ${column(({ position }) => position)}::int[])
      as made (id, to_distributor_id, to_partner_id, rule_id, snapshot, invoice_id, line, service_start, service_end, currency,
               base, base_to_date, amount, amount_to_date, position)
    join unnest(${texts}::text[]) with ordinality as snapshot (rule, number) on snapshot.number = made.snapshot`
}

/** Says until which day rules are used from now on: they can't end before. */
export const updateUsedUntil = (tx: Tx, payerId: string, used: ReadonlyMap<string, string>) =>
  tx`
    update commission_rule set used_until = used.until
    from unnest(${[...used.keys()]}::uuid[], ${[...used.values()]}::date[]) as used (id, until)
    where commission_rule.id = used.id and payer_id = ${payerId} and (used_until is null or used_until < used.until)`

/** The postings of earnings, all in one statement, as the balance of the books demands. The payer's level alone sees them. */
export async function insertPostings(
  tx: Tx,
  run: Run,
  postings: readonly (Posting & { documentId: string })[],
): Promise<void> {
  const payerAt = (level: Level) => (run.payerLevel === level ? run.payerId : null)
  await tx`
    insert into posting (id, book_id, account, currency, amount, document_type, document_id,
                         see_platform_id, see_distributor_id, see_partner_id)
    select id, ${run.payerId}, account, currency, amount, 'earning', document_id,
           ${payerAt('platform')}, ${payerAt('distributor')}, ${payerAt('partner')}
    from unnest(${arrayOf(postings, newId)}::uuid[], ${arrayOf(postings, ({ account }) => account)}::text[],
                ${arrayOf(postings, ({ currency }) => currency)}::text[], ${arrayOf(postings, ({ amount }) => amount)}::numeric[],
                ${arrayOf(postings, ({ documentId }) => documentId)}::uuid[]) as posted (id, account, currency, amount, document_id)`
}
