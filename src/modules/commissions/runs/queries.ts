import type { Posting } from '../../../billing/ledger.ts'
import type { Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import type { EarnedEver, IssuedLine, RunningTotal } from './earn.ts'
import type { Row } from './rows.ts'

// All of it runs as the payer's money duties: one seller a transaction.

/** Where a run stands in the order of documents and lines. */
export type Place = { readonly year: number; readonly sequence: number; readonly line: number }

/** An issued line with its place. */
type PlacedLine = IssuedLine & Place

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
export const listLinesAfter = (
  tx: Tx,
  { payerId, period }: Run,
  { after, limit, withPlans }: { after: Place; limit: number; withPlans: boolean },
) =>
  tx<PlacedLine[]>`
    with document as materialized (
      select *, sum(lines) over (order by number_year, number_sequence) - lines as before
      from (
        select invoice.id, invoice.amends, edge_id, number_year, number_sequence, issue_date, invoice.currency, lines, agent_distributor_id,
               agent_partner_id
        from invoice join edge on edge.id = invoice.edge_id
        where ${earningDocuments(tx, payerId, period)}
          and (number_year, number_sequence) >= (${after.year}, ${after.sequence})
        order by number_year, number_sequence limit ${limit + 1}) as next
    )
    select document.id as "invoiceId", number_year as year, number_sequence as sequence, line.line, line.kind,
           document.currency, document.issue_date as "issueDate", line.base::text, line.sku_id as "skuId",
           ${withPlans ? planOf(tx, period) : tx`null::uuid`} as "planId",
           line.service_start as "serviceStart", line.service_end as "serviceEnd",
           agent_distributor_id as "agentDistributorId", agent_partner_id as "agentPartnerId", null as cost
    from document
    cross join lateral (
      select *, sum(net) over (partition by case kind when 'discount' then amends_line else invoice_line.line end) as base
      from invoice_line where invoice_line.invoice_id = document.id offset 0
    ) as line
    where document.before < ${after.line + limit}
      and (number_year, number_sequence, line.line) > (${after.year}, ${after.sequence}, ${after.line})
    order by number_year, number_sequence, line.line limit ${limit}`

/**
 * The plan by which the line of a document was billed: that of its bucket, which may not be its subscription's any more.
 * Without a period it is looked up in that of the document.
 */
export const planOf = (tx: Tx, period: string | null) => tx`(
  select plan_id from plan_version where plan_version.id = coalesce((
    select plan_version_id from rated_bucket bucket
    where bucket.invoice_id in (document.id, document.amends) and bucket.seller_id = line.seller_id and bucket.edge_id = document.edge_id
      and bucket.period = ${period ?? tx`document.period`} and bucket.tenant_id = line.tenant_id
      and bucket.subscription_id = line.subscription_id and bucket.sku_id = line.sku_id limit 1), (
    select plan_version_id from subscription where subscription.id = line.subscription_id)))`

/** Whether any rule of the payer is for some plans only. */
export const asksForPlans = async (tx: Tx, payerId: string): Promise<boolean> =>
  one(
    await tx<{ asks: boolean }[]>`
      select exists (select from commission_rule where payer_id = ${payerId} and terms -> 'eligible' ? 'planIds') as asks`,
  )?.asks ?? false

/** True of an earning that a retroactive version has not computed again. */
export const isLive = (tx: Tx, relation: string) => tx`
  not exists (
    select from earning again
    where again.reverses = ${tx(`${relation}.id`)} and again.invoice_id = ${tx(`${relation}.invoice_id`)} and again.kind = 'retier'
      and again.share_of is null)`

export const listEarnedBefore = (tx: Tx, payerId: string, lines: readonly IssuedLine[]) =>
  tx<EarnedEver[]>`
    select wanted.invoice_id as "invoiceId", wanted.line, payee_id as "payeeId", service_start as "serviceStart",
           service_end as "serviceEnd", base::text, retiered, is_live as "isLive"
    from unnest(${arrayOf(lines, (line) => line.invoiceId)}::uuid[], ${arrayOf(lines, (line) => line.line)}::int[]) as wanted (invoice_id, line)
    cross join lateral (
      select payee_id, service_start, service_end, base, retiered,
             not exists (select from commission_rule where payer_id = ${payerId} and terms -> 'retroactive' = 'true')
               or ${isLive(tx, 'earning')} as is_live
      from earning
      where earning.invoice_id = wanted.invoice_id and earning.line = wanted.line and earning.payer_id = ${payerId}
        and share_of is null and reverses is null and payment_id is null offset 0) as earned
    order by service_start`

/** The last earning of each rule and payee that count the period to date. */
export const listRunningTotals = (tx: Tx, period: string, pairs: readonly { ruleId: string; payeeId: string }[]) =>
  tx<RunningTotal[]>`
    select wanted.rule_id as "ruleId", wanted.payee_id as "payeeId", base_to_date::text as base,
           amount_to_date::text as amount, uncapped_to_date::text as uncapped, position
    from unnest(${pairs.map((pair) => pair.ruleId)}::uuid[], ${pairs.map((pair) => pair.payeeId)}::uuid[]) as wanted (rule_id, payee_id)
    cross join lateral (
      select base_to_date, amount_to_date, uncapped_to_date, position from earning
      where earning.rule_id = wanted.rule_id and earning.payee_id = wanted.payee_id and period = ${period}
        and position is not null
      order by position desc limit 1) as last`

/** Whose run it is. */
export type Run = { jobId: string; payerId: string; payerLevel: Level; period: string }

/**
 * A column of ids, numbers and days as the text of a Postgres array. None of them needs quoting, which the driver would
 * look for in each of a chunk's hundred thousand values.
 */
const arrayOf = <T>(rows: readonly T[], pick: (row: T) => string | number | null): string =>
  `{${rows.map((row) => pick(row) ?? 'null').join(',')}}`

/** Each snapshot once, and which of them belongs to each earning. */
function snapshotsOf(rows: readonly Row[]): { texts: string[]; numbers: number[] } {
  const known = new Map<string, number>()
  const texts: string[] = []
  const numbers = rows.map(({ rule }) => {
    const number = known.get(rule) ?? texts.push(rule)
    known.set(rule, number)
    return number
  })
  return { texts, numbers }
}

/** Writes earnings with the snapshots of their rules, each on its statement. */
export async function insertEarnings(
  tx: Tx,
  run: Run,
  rows: readonly (Row & { statementId: string })[],
): Promise<void> {
  const { texts, numbers } = snapshotsOf(rows)
  const column = (pick: (row: Row & { statementId: string }) => string | number | null) => arrayOf(rows, pick)
  const payerAt = (level: Level) => (run.payerLevel === level ? run.payerId : null)
  const payeeAt = (level: Level) => column(({ payee }) => (payee.level === level ? payee.id : null))
  await tx`
    insert into earning (id, kind, payer_id, payee_id, rule_id, rule, invoice_id, line, service_start, service_end, period,
                         currency, base, base_to_date, amount, amount_to_date, uncapped_to_date, whole, position, held_until,
                         share_of, reverses, payment_id, retiered, statement_id, job_id, see_platform_id, see_distributor_id, see_partner_id)
    select made.id, kind, ${run.payerId}, coalesce(to_distributor_id, to_partner_id), rule_id, snapshot.rule::jsonb, invoice_id,
           line, service_start, service_end, period, currency, base, base_to_date, amount, amount_to_date, uncapped_to_date,
           whole, position, held_until, share_of, reverses, payment_id, retiered, statement_id, ${run.jobId},
           ${payerAt('platform')}, coalesce(${payerAt('distributor')}, to_distributor_id), to_partner_id
    from unnest(
      ${column(({ id }) => id)}::uuid[], ${column(({ kind }) => kind)}::text[], ${payeeAt('distributor')}::uuid[],
      ${payeeAt('partner')}::uuid[], ${column(({ ruleId }) => ruleId)}::uuid[], ${arrayOf(numbers, (number) => number)}::int[],
      ${column(({ invoiceId }) => invoiceId)}::uuid[], ${column(({ line }) => line)}::int[],
      ${column(({ serviceStart }) => serviceStart)}::date[], ${column(({ serviceEnd }) => serviceEnd)}::date[],
      ${column(({ period }) => period)}::text[], ${column(({ currency }) => currency)}::text[],
      ${column(({ base }) => base)}::numeric[], ${column(({ baseToDate }) => baseToDate)}::numeric[],
      ${column(({ amount }) => amount)}::numeric[], ${column(({ amountToDate }) => amountToDate)}::numeric[],
      ${column(({ uncappedToDate }) => uncappedToDate)}::numeric[], ${column(({ whole }) => whole)}::numeric[],
      ${column(({ position }) => position)}::int[], ${column(({ heldUntil }) => heldUntil)}::date[],
      ${column(({ shareOf }) => shareOf)}::uuid[], ${column(({ reverses }) => reverses)}::uuid[],
      ${column(({ eventId }) => eventId)}::uuid[], ${column(({ retiered }) => retiered)}::int[],
      ${column(({ statementId }) => statementId)}::uuid[])
      as made (id, kind, to_distributor_id, to_partner_id, rule_id, snapshot, invoice_id, line, service_start, service_end,
               period, currency, base, base_to_date, amount, amount_to_date, uncapped_to_date, whole, position, held_until,
               share_of, reverses, payment_id, retiered, statement_id)
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

/** The month that the database's clock is in, in UTC. */
export const findCurrentPeriod = async (tx: Tx): Promise<string> =>
  one(await tx<{ period: string }[]>`select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM') as period`)
    ?.period ?? ''
