import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast } from '../../../platform/page.ts'
import type { Snapshot } from '../rules/terms.ts'
import { memberIds } from '../statements/queries.ts'
import type { Earning, EarningFilters } from './model.ts'

/** An earning with its amounts as the database spells them. */
export type EarningRow = Omit<Earning, 'updatedAt'>

const columns = (tx: Tx, actor: Actor) => tx`
  earning.id, earning.payee_id as "payeeId", earning.payer_id as "payerId", earning.rule_id as "ruleVersionId",
  earning.invoice_id as "documentId", earning.line, earning.kind, earning.service_start as "serviceStart",
  earning.service_end as "serviceEnd", earning.base::text, earning.base_to_date::text as "baseToDate",
  earning.amount::text, earning.currency, earning.period, earning.reverses, earning.share_of as "shareOf",
  earning.held_until as "heldUntil", place.id as "statementId", ${payoutOf(tx, actor)} as "payoutId", earning.created_at as "createdAt"`

/** The statement where an earning is now: its own, unless it was moved on. */
const joinPlace = (tx: Tx) => tx`
  cross join lateral (select coalesce((
    select moved.to_id from statement_move moved
    where moved.earning_id = earning.id and not exists (
      select from statement_move later where later.earning_id = moved.earning_id and later.from_id = moved.to_id)),
    earning.statement_id) as id) place`

/** The batch that pays the statement of an earning. */
const payoutOf = (tx: Tx, actor: Actor) => tx`
  (select payout_id from payout_statement paid
   where paid.statement_id = place.id and paid.return_id is null and not paid.is_discarded and ${tx(`paid.see_${actor.level}_id`)} = ${actor.organizationId})`

/** On a line for a tenant that the reader sees. */
const isForTenant = (tx: Tx, actor: Actor, tenantId: string) => tx`
  exists (
    select from invoice_line line
    where line.invoice_id = earning.invoice_id and line.line = earning.line and line.tenant_id = ${tenantId}
      and ${tx(`line.see_${actor.level}_id`)} = ${actor.organizationId})`

/** The earnings that stand on a statement of the reader. */
const onStatement = (tx: Tx, actor: Actor, statementId: string) => tx`
  earning.id in (
    select member.id from statement cross join lateral (${memberIds(tx)}) member
    where statement.id = ${statementId} and ${tx(`statement.see_${actor.level}_id`)} = ${actor.organizationId})`

/** The earnings that stand on the statements that a batch pays. */
const inPayout = (tx: Tx, actor: Actor, payoutId: string) => tx`
  earning.id in (
    select member.id
    from payout_statement paid
    join statement on statement.id = paid.statement_id
    cross join lateral (${memberIds(tx)}) member
    where paid.payout_id = ${payoutId} and paid.return_id is null and not paid.is_discarded
      and ${tx(`paid.see_${actor.level}_id`)} = ${actor.organizationId})`

/** The payer's and the payee's, and nobody else's. */
const isParty = (tx: Tx, actor: Actor) => tx`${tx(`earning.see_${actor.level}_id`)} = ${actor.organizationId}`

/** The place of an earning in the list: newest period first. */
export type ListPlace = { readonly period: string; readonly id: string }

export const listEarnings = (
  tx: Tx,
  actor: Actor,
  filters: EarningFilters,
  page: { after: ListPlace | undefined; limit: number },
) =>
  tx<EarningRow[]>`
    select ${columns(tx, actor)} from earning ${joinPlace(tx)}
    where ${isParty(tx, actor)}
      ${filters.period === undefined ? tx`` : tx`and earning.period = ${filters.period}`}
      ${filters.payeeId === undefined ? tx`` : tx`and earning.payee_id = ${filters.payeeId}`}
      ${filters.payerId === undefined ? tx`` : tx`and earning.payer_id = ${filters.payerId}`}
      ${filters.documentId === undefined ? tx`` : tx`and earning.invoice_id = ${filters.documentId}`}
      ${filters.ruleVersionId === undefined ? tx`` : tx`and earning.rule_id = ${filters.ruleVersionId}`}
      ${filters.kind === undefined ? tx`` : tx`and earning.kind = ${filters.kind}`}
      ${filters.currency === undefined ? tx`` : tx`and earning.currency = ${filters.currency}`}
      ${filters.tenantId === undefined ? tx`` : tx`and ${isForTenant(tx, actor, filters.tenantId)}`}
      ${filters.statementId === undefined ? tx`` : tx`and ${onStatement(tx, actor, filters.statementId)}`}
      ${filters.payoutId === undefined ? tx`` : tx`and ${inPayout(tx, actor, filters.payoutId)}`}
      ${page.after === undefined ? tx`` : tx`and (earning.period, earning.id) < (${page.after.period}, ${page.after.id})`}
    order by earning.period desc, earning.id desc limit ${onePast(tx, page)}`

/** Undefined for a foreign earning and for an absent one alike. */
export const findEarning = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<EarningRow[]>`
      select ${columns(tx, actor)} from earning ${joinPlace(tx)} where earning.id = ${id} and ${isParty(tx, actor)}`,
  )

/** An earning with all that explains it. What the reader may not see of the document is null. */
export type ExplainedRow = EarningRow & {
  readonly rule: Snapshot
  readonly amountToDate: string
  readonly uncappedToDate: string | null
  readonly whole: string | null
  readonly number: string | null
  readonly lineNet: string | null
  readonly lineBase: string | null
  readonly lineStart: string | null
  readonly lineEnd: string | null
  /** What a credit note reduces: with its retiers before this one, and, for a reversal, with all of them. */
  readonly namedBase: string | null
  readonly namedAmount: string | null
  readonly lineBefore: string | null
  /** What changed what is collected of the document, where that is earned on. */
  readonly eventId: string | null
}

/** Undefined for a foreign earning and for an absent one alike. */
export const findExplained = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<ExplainedRow[]>`
      select ${columns(tx, actor)}, earning.rule, earning.amount_to_date::text as "amountToDate",
             earning.uncapped_to_date::text as "uncappedToDate", earning.whole::text, invoice.number,
             line.net::text as "lineNet", line.service_start as "lineStart", line.service_end as "lineEnd",
             (line.net + coalesce((
               select sum(net) from invoice_line discount
               where discount.invoice_id = line.invoice_id and discount.kind = 'discount' and discount.amends_line = line.line), 0)
             )::text as "lineBase", earning.payment_id as "eventId", named.*,
             coalesce(named.line_before, collected.line_before)::text as "lineBefore"
      from earning ${joinPlace(tx)}
      left join invoice on invoice.id = earning.invoice_id
      left join invoice_line line on line.invoice_id = earning.invoice_id and line.line = earning.line
      cross join lateral (
        select sum(one.base) filter (where one.kind <> 'reversal')::text as "namedBase",
               sum(coalesce(one.whole, one.amount)) filter (where one.kind <> 'reversal')::text as "namedAmount",
               sum(one.base) filter (where one.id = earning.reverses or one.position < earning.position) as line_before
        from earning origin
        join earning one on one.id = origin.id or (one.reverses = origin.id
          and (one.invoice_id <> origin.invoice_id or (earning.kind = 'reversal' and earning.invoice_id = origin.invoice_id)))
        where origin.id = earning.reverses and one.share_of is null) named
      left join lateral (
        select sum(one.base) as line_before from earning one
        where one.invoice_id = earning.invoice_id and one.line = earning.line and one.payee_id = earning.payee_id
          and one.service_start = earning.service_start and one.payment_id is not null and one.share_of is null
          and one.id < earning.id) collected on earning.payment_id is not null
      where earning.id = ${id} and ${isParty(tx, actor)}`,
  )

/** Who earned the whole of which an earning is a part. Runs as the payer's money duties. */
export const findEarner = async (tx: Tx, payerId: string, id: string) =>
  one(
    await tx<{ payeeId: string; amount: string }[]>`
      select payee_id as "payeeId", coalesce(whole, amount)::text as amount from earning
      where id = ${id} and payer_id = ${payerId}`,
  )
