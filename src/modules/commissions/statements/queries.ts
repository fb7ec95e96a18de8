import type { StatementState } from '../../../billing/statement.ts'
import { utcToday } from '../../../platform/clock.ts'
import type { Actor, Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast } from '../../../platform/page.ts'
import type { Statement, StatementFilters, StatementLine } from './model.ts'

/** A statement with its sums as the database spells them. */
export type StatementRow = Omit<Statement, 'approvable'> & { version: number }

/** The earnings that are on a row of `statement` now: its own and those that came, without those that went on. */
export const memberIds = (tx: Tx) => tx`
  select id from earning where earning.statement_id = statement.id
    and not exists (select from statement_move gone where gone.earning_id = earning.id and gone.from_id = statement.id)
  union all
  select earning_id from statement_move moved where moved.to_id = statement.id
    and not exists (select from statement_move gone where gone.earning_id = moved.earning_id and gone.from_id = statement.id)`

const columns = (tx: Tx, actor: Actor) => tx`
  statement.id, statement.payer_id as "payerId", statement.payee_id as "payeeId", statement.period, statement.currency,
  statement.state, sums.*, approved::text, review_until as "reviewUntil", accepted_at as "acceptedAt",
  approved_at as "approvedAt", ${payoutOf(tx, actor)} as "payoutId", statement.version, statement.created_at as "createdAt", statement.updated_at as "updatedAt"`

/** What is settled is not held or disputed any more. */
const sums = (tx: Tx) => tx`
  cross join lateral (
    select count(*)::int as lines, coalesce(sum(earning.amount), 0)::text as total,
           coalesce(sum(earning.amount) filter (where said.state = 'disputed' and statement.approved_at is null), 0)::text as disputed,
           coalesce(sum(earning.amount) filter (where said.state is distinct from 'disputed' and statement.approved_at is null
             and held_until > ${utcToday(tx)}), 0)::text as held
    from (${memberIds(tx)}) member
    join earning on earning.id = member.id
    left join earning_dispute said on said.earning_id = earning.id
  ) sums`

/** The batch that pays a row of `statement`. What a payee reads of it is that it is there. */
const payoutOf = (tx: Tx, actor: Actor) => tx`
  (select payout_id from payout_statement paid
   where paid.statement_id = statement.id and paid.return_id is null and not paid.is_discarded and ${tx(`paid.see_${actor.level}_id`)} = ${actor.organizationId})`

/** The statements on which something earned in a month stands now. */
export const holdsEarningsOf = (tx: Tx, period: string) => tx`
  exists (select from (${memberIds(tx)}) member join earning on earning.id = member.id where earning.period = ${period})`

/** The payer's and the payee's, and nobody else's. */
const isParty = (tx: Tx, actor: Actor) => tx`${tx(`statement.see_${actor.level}_id`)} = ${actor.organizationId}`

/** The place of a statement in the list: newest period first. */
export type ListPlace = { readonly period: string; readonly id: string }

export const listStatements = (
  tx: Tx,
  actor: Actor,
  filters: StatementFilters,
  page: { after: ListPlace | undefined; limit: number },
) =>
  tx<StatementRow[]>`
    select ${columns(tx, actor)} from statement ${sums(tx)}
    where ${isParty(tx, actor)}
      ${filters.period === undefined ? tx`` : tx`and statement.period = ${filters.period}`}
      ${filters.state === undefined ? tx`` : tx`and statement.state = ${filters.state}`}
      ${filters.payeeId === undefined ? tx`` : tx`and statement.payee_id = ${filters.payeeId}`}
      ${filters.payerId === undefined ? tx`` : tx`and statement.payer_id = ${filters.payerId}`}
      ${filters.currency === undefined ? tx`` : tx`and statement.currency = ${filters.currency}`}
      ${filters.earningPeriod === undefined ? tx`` : tx`and ${holdsEarningsOf(tx, filters.earningPeriod)}`}
      ${filters.payoutId === undefined ? tx`` : tx`and ${payoutOf(tx, actor)} = ${filters.payoutId}`}
      ${page.after === undefined ? tx`` : tx`and (statement.period, statement.id) < (${page.after.period}, ${page.after.id})`}
    order by statement.period desc, statement.id desc limit ${onePast(tx, page)}`

/** Undefined for a foreign statement and for an absent one alike. */
export const findStatement = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<StatementRow[]>`
      select ${columns(tx, actor)} from statement ${sums(tx)} where statement.id = ${id} and ${isParty(tx, actor)}`,
  )

export type LineRow = Omit<StatementLine, 'standing'> & {
  statementState: StatementState
  isDisputed: boolean
  isReturned: boolean
  today: string
}

/** Lines of a statement that the caller was shown, by id. */
export const listLines = (
  tx: Tx,
  actor: Actor,
  statementId: string,
  page: { after: string | undefined; limit: number },
) =>
  tx<LineRow[]>`
    select earning.id as "earningId", earning.kind, earning.invoice_id as "documentId", earning.line, earning.period,
           earning.base::text, earning.amount::text, earning.held_until as "heldUntil",
           case said.state when 'disputed' then said.reason end as "disputeReason",
           statement.state as "statementState", coalesce(said.state = 'disputed', false) as "isDisputed",
           statement.state = 'approved' and exists (
             select from payout_statement paid where paid.statement_id = statement.id and paid.return_id is not null) as "isReturned",
           ${utcToday(tx)} as today
    from statement
    cross join lateral (${memberIds(tx)}) member
    join earning on earning.id = member.id
    left join earning_dispute said on said.earning_id = earning.id
    where statement.id = ${statementId} and ${isParty(tx, actor)}
      ${page.after === undefined ? tx`` : tx`and earning.id > ${page.after}`}
    order by earning.id limit ${onePast(tx, page)}`

/** A statement as whoever changes it finds it, locked until the transaction ends. */
export type Locked = {
  id: string
  payerId: string
  payeeId: string
  payeeLevel: Level
  period: string
  currency: string
  state: StatementState
  reviewedBy: string | null
  isOver: boolean
}

/** The payer's as money duties, the payee's as its tier: whose it must be is `party`. */
export const lockStatement = async (tx: Tx, party: { as: 'payer' | 'payee'; id: string }, id: string) =>
  one(
    await tx<Locked[]>`
      select statement.id, statement.payer_id as "payerId", statement.payee_id as "payeeId", payee.level as "payeeLevel", statement.period,
             statement.currency, statement.state, reviewed_by as "reviewedBy",
             accepted_at is not null or coalesce(review_until <= ${utcToday(tx)}, false) as "isOver"
      from statement join organization payee on payee.id = statement.payee_id
      where statement.id = ${id} and ${tx(`statement.${party.as}_id`)} = ${party.id}
      for update of statement`,
  )

const touched = (tx: Tx) => tx`version = version + 1, updated_at = clock_timestamp()`

export const updateReview = (tx: Tx, payerId: string, id: string, review: { days: number; by: string }) => tx`
  update statement
  set state = 'in_review', review_until = ${utcToday(tx)} + ${review.days}::int, reviewed_by = ${review.by}, ${touched(tx)}
  where id = ${id} and payer_id = ${payerId}`

export const updateAcceptance = (tx: Tx, payeeId: string, id: string, by: string | null) => tx`
  update statement set accepted_by = ${by}, accepted_at = ${by === null ? null : tx`clock_timestamp()`}, ${touched(tx)}
  where id = ${id} and payee_id = ${payeeId}`

/** What can't be approved today, and why. */
export const listRemaining = (tx: Tx, payerId: string, statementId: string) =>
  tx<{ earningId: string; why: 'disputed' | 'held' }[]>`
    select earning.id as "earningId", case when said.state = 'disputed' then 'disputed' else 'held' end as why
    from statement
    cross join lateral (${memberIds(tx)}) member
    join earning on earning.id = member.id
    left join earning_dispute said on said.earning_id = earning.id
    where statement.id = ${statementId} and statement.payer_id = ${payerId}
      and (said.state = 'disputed' or held_until > ${utcToday(tx)})
    order by earning.id`

/** Moves lines on to another statement, once from each. */
export const insertMoves = (
  tx: Tx,
  { from, to }: { from: string; to: string },
  lines: readonly { earningId: string; why: string }[],
) => tx`
  insert into statement_move (earning_id, from_id, to_id, why, payer_id, see_platform_id, see_distributor_id, see_partner_id)
  select moved.earning_id, ${from}, ${to}, moved.why, payer_id, see_platform_id, see_distributor_id, see_partner_id
  from unnest(${lines.map(({ earningId }) => earningId)}::uuid[], ${lines.map(({ why }) => why)}::text[]) as moved (earning_id, why)
  join statement on statement.id = ${from}`

/** Approves what is left on the statement. Answers the amount. */
export const approve = async (tx: Tx, payerId: string, id: string, by: string): Promise<string> => {
  const row = one(
    await tx<{ approved: string }[]>`
      update statement set state = 'approved', approved_by = ${by}, approved_at = clock_timestamp(), ${touched(tx)},
        approved = (select coalesce(sum(amount), 0) from (${memberIds(tx)}) member join earning on earning.id = member.id)
      where id = ${id} and payer_id = ${payerId} returning approved::text`,
  )
  return row?.approved ?? '0'
}

/** Whether the earning is on that statement now. */
export const isOnStatement = async (tx: Tx, statementId: string, earningId: string): Promise<boolean> =>
  (
    await tx`
      select from statement cross join lateral (${memberIds(tx)}) member
      where statement.id = ${statementId} and member.id = ${earningId}`
  ).length > 0

/** Notes what the payee says about an earning; runs as the payee. */
export const sayOf = (
  tx: Tx,
  said: { earningId: string; payeeId: string; by: string | null; state: 'disputed' | 'accepted'; reason: string },
) => tx`
  insert into earning_dispute (earning_id, payer_id, payee_id, state, reason, said_by, see_platform_id, see_distributor_id, see_partner_id)
  select id, payer_id, payee_id, ${said.state}, ${said.reason}, ${said.by}, see_platform_id, see_distributor_id, see_partner_id
  from earning where id = ${said.earningId} and payee_id = ${said.payeeId}
  on conflict on constraint earning_dispute_key do update
  set state = excluded.state, reason = excluded.reason, said_by = excluded.said_by, version = earning_dispute.version + 1,
      updated_at = clock_timestamp()`

/** Accepts a disputed earning after all. Undefined when it is not disputed. */
export const settleDispute = async (tx: Tx, payeeId: string, earningId: string, by: string | null) =>
  one(
    await tx<{ id: string }[]>`
      update earning_dispute set state = 'accepted', said_by = ${by}, version = version + 1, updated_at = clock_timestamp()
      where earning_id = ${earningId} and payee_id = ${payeeId} and state = 'disputed' returning earning_id as id`,
  )
