import type { PayoutState } from '../../../billing/payout.ts'
import { utcToday } from '../../../platform/clock.ts'
import type { Actor, Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import { holdsEarningsOf, memberIds } from '../statements/queries.ts'
import type { Payout, PayoutFilters } from './model.ts'

/** A batch with its amounts as the database spells them. */
export type PayoutRow = Omit<Payout, 'payments'> & { version: number }

const columns = (tx: Tx) => tx`
  id, payer_id as "payerId", currency, state, minimum::text, total::text, reference, approved_at as "approvedAt", sent_at as "sentAt",
  settled_at as "settledAt", version, created_at as "createdAt", updated_at as "updatedAt"`

/** A batch is its payer's alone. */
const isOwn = (tx: Tx, actor: Actor) =>
  tx`payer_id = ${actor.organizationId} and ${tx(`see_${actor.level}_id`)} = ${actor.organizationId}`

/** Batches that hold such statements. */
const pays = (tx: Tx, condition: ReturnType<typeof isOwn>) => tx`
  exists (
    select from payout_statement paid join statement on statement.id = paid.statement_id
    where paid.payout_id = payout.id and ${condition})`

export const listPayouts = (tx: Tx, actor: Actor, filters: PayoutFilters, page: PageRequest) =>
  tx<PayoutRow[]>`
    select ${columns(tx)} from payout
    where ${isOwn(tx, actor)}
      ${filters.state === undefined ? tx`` : tx`and state = ${filters.state}`}
      ${filters.currency === undefined ? tx`` : tx`and currency = ${filters.currency}`}
      ${filters.payeeId === undefined ? tx`` : tx`and ${pays(tx, tx`paid.payee_id = ${filters.payeeId}`)}`}
      ${filters.statementId === undefined ? tx`` : tx`and ${pays(tx, tx`paid.statement_id = ${filters.statementId}`)}`}
      ${filters.earningPeriod === undefined ? tx`` : tx`and ${pays(tx, holdsEarningsOf(tx, filters.earningPeriod))}`}
      ${page.after === undefined ? tx`` : tx`and id < ${page.after}`}
    order by id desc limit ${onePast(tx, page)}`

export const findPayout = async (tx: Tx, actor: Actor, id: string) =>
  one(await tx<PayoutRow[]>`select ${columns(tx)} from payout where id = ${id} and ${isOwn(tx, actor)}`)

/** What a batch pays, by statement. */
type PaidRow = { payeeId: string; statementId: string; amount: string; returnId: string | null }

export const listPaid = (tx: Tx, actor: Actor, payoutId: string) =>
  tx<PaidRow[]>`
    select payee_id as "payeeId", statement_id as "statementId", amount::text, return_id as "returnId"
    from payout_statement where payout_id = ${payoutId} and ${isOwn(tx, actor)} order by payee_id, statement_id`

/** The payments of a batch that leave the bank in another currency. */
export type ExchangeRow = { payeeId: string; paidCurrency: string; paidAmount: string; fxRateId: string }

export const listExchanges = (tx: Tx, actor: Actor, payoutId: string) =>
  tx<ExchangeRow[]>`
    select payee_id as "payeeId", paid_currency as "paidCurrency", paid_amount::text as "paidAmount", fx_rate_id as "fxRateId"
    from payout_exchange where payout_id = ${payoutId} and ${isOwn(tx, actor)} order by payee_id`

/** An approved statement that no batch pays, with the payee's own currency. */
export type OwedRow = { statementId: string; payeeId: string; amount: string; payoutCurrency: string; today: string }

/** What the payer owes in a currency, each statement once, the oldest first. */
export const listOwed = (tx: Tx, actor: Actor, code: string) =>
  tx<OwedRow[]>`
    select owed.id as "statementId", payee_id as "payeeId", approved::text as amount, payee.currency as "payoutCurrency",
           ${utcToday(tx)} as today
    from (select * from statement where ${isOwn(tx, actor)}) owed join organization payee on payee.id = payee_id
    where owed.currency = ${code} and owed.state = 'approved'
      and not exists (select from payout_statement paid where paid.statement_id = owed.id and paid.return_id is null and not paid.is_discarded)
    order by payee_id, period, owed.id`

type NewPayoutRow = {
  payer: { id: string; level: Level }
  currency: string
  minimum: string
  total: string
  by: string
}

export const insertPayout = async (tx: Tx, { payer, ...payout }: NewPayoutRow): Promise<string> => {
  const id = newId()
  const seenAt = (level: Level) => (payer.level === level ? payer.id : null)
  await tx`
    insert into payout (id, payer_id, currency, minimum, total, made_by, see_platform_id, see_distributor_id, see_partner_id)
    values (${id}, ${payer.id}, ${payout.currency}, ${payout.minimum}, ${payout.total}, ${payout.by}, ${seenAt('platform')},
            ${seenAt('distributor')}, ${seenAt('partner')})`
  return id
}

/** Puts statements in a batch: the index `payout_statement_paid_once` refuses those that another one pays. */
export const insertPaid = (tx: Tx, payoutId: string, statementIds: readonly string[]) => tx`
  insert into payout_statement (payout_id, statement_id, payer_id, payee_id, currency, amount, see_platform_id, see_distributor_id, see_partner_id)
  select ${payoutId}, id, payer_id, payee_id, currency, approved, see_platform_id, see_distributor_id, see_partner_id
  from statement where id = any (${[...statementIds]}::uuid[]) and state = 'approved' order by id`

/** The payment of each payee, as that payee reads it. After the statements are in the batch. */
export const insertPayments = (tx: Tx, payoutId: string) => tx`
  insert into payout_payment (payout_id, payee_id, payer_id, currency, see_platform_id, see_distributor_id, see_partner_id)
  select distinct payout_id, payee_id, payer_id, currency, see_platform_id, see_distributor_id, see_partner_id
  from payout_statement where payout_id = ${payoutId}`

/** Pins what leaves the bank in other currencies, with the sums that it is paid for. After the statements are in the batch. */
export const insertExchanges = (tx: Tx, payoutId: string, exchanges: readonly ExchangeRow[]) => tx`
  insert into payout_exchange (payout_id, payee_id, payer_id, currency, amount, paid_currency, paid_amount, fx_rate_id,
                               see_platform_id, see_distributor_id, see_partner_id)
  select payout_id, payee_id, payer_id, currency, sum(amount), made.paid_currency, made.paid_amount, made.fx_rate_id,
         see_platform_id, see_distributor_id, see_partner_id
  from payout_statement
  join unnest(${exchanges.map(({ payeeId }) => payeeId)}::uuid[], ${exchanges.map((one) => one.paidCurrency)}::text[],
              ${exchanges.map(({ paidAmount }) => paidAmount)}::numeric[], ${exchanges.map(({ fxRateId }) => fxRateId)}::uuid[])
    as made (to_id, paid_currency, paid_amount, fx_rate_id) on made.to_id = payee_id
  where payout_id = ${payoutId}
  group by payout_id, payee_id, payer_id, currency, made.paid_currency, made.paid_amount, made.fx_rate_id, see_platform_id,
           see_distributor_id, see_partner_id`

export type LockedPayout = { id: string; state: PayoutState; currency: string; total: string; madeBy: string }

export const lockPayout = async (tx: Tx, payerId: string, id: string) =>
  one(
    await tx<LockedPayout[]>`
      select id, state, currency, total::text, made_by as "madeBy" from payout
      where id = ${id} and payer_id = ${payerId} for update`,
  )

const touched = (tx: Tx) => tx`version = version + 1, updated_at = clock_timestamp()`

type BatchKey = { readonly payerId: string; readonly id: string }

/** Moves a batch, and what its payees read of it, in one statement. */
const move = (tx: Tx, { payerId, id }: BatchKey, change: ReturnType<typeof isOwn>) => tx`
  with moved as (
    update payout set ${change}, ${touched(tx)} where id = ${id} and payer_id = ${payerId}
    returning id, state, reference, approved_at, sent_at, settled_at, updated_at)
  update payout_payment payment
  set state = moved.state, reference = moved.reference, approved_at = moved.approved_at, sent_at = moved.sent_at,
      settled_at = moved.settled_at, updated_at = moved.updated_at
  from moved where payment.payout_id = moved.id and payment.payer_id = ${payerId}`

export const updateApproval = (tx: Tx, batch: BatchKey, by: string) =>
  move(tx, batch, tx`state = 'approved', approved_by = ${by}, approved_at = clock_timestamp()`)

export const updateSent = (tx: Tx, batch: BatchKey, reference: string | null) =>
  move(tx, batch, tx`state = 'sent', sent_at = clock_timestamp(), reference = ${reference}`)

export const updateSettled = (tx: Tx, batch: BatchKey) =>
  move(tx, batch, tx`state = 'settled', settled_at = clock_timestamp()`)

/** Calls a batch off: its statements are free for another one. */
export const updateDiscarded = async (tx: Tx, batch: BatchKey): Promise<void> => {
  await move(tx, batch, tx`state = 'discarded'`)
  await tx`
    update payout_statement set is_discarded = true where payout_id = ${batch.id} and payer_id = ${batch.payerId}`
}

export const updateReturned = (tx: Tx, { payerId, id }: BatchKey, payeeIds: readonly string[], reason: string) => tx`
  with moved as (
    update payout set state = 'partly_returned', ${touched(tx)} where id = ${id} and payer_id = ${payerId} returning id)
  update payout_payment
  set state = 'returned', returned_at = clock_timestamp(), return_reason = ${reason}, updated_at = clock_timestamp()
  where payout_id = (select id from moved) and payer_id = ${payerId} and payee_id = any (${[...payeeIds]}::uuid[])`

/** The statements of a batch are paid, or approved again where their payment came back. */
export const updateStatements = (tx: Tx, payerId: string, ids: readonly string[], state: 'paid' | 'approved') => tx`
  update statement set state = ${state}, ${touched(tx)} where payer_id = ${payerId} and id = any (${[...ids]}::uuid[])`

/** Notes what came back. The payer's money duties; once, since a payment that came back is not paid any more. */
export async function insertReturn(
  tx: Tx,
  payout: { id: string; payerId: string },
  returned: { amount: string; reason: string; statementIds: readonly string[] },
): Promise<string> {
  const id = newId()
  await tx`
    insert into payout_return (id, payout_id, payer_id, currency, amount, reason, see_platform_id, see_distributor_id, see_partner_id)
    select ${id}, id, payer_id, currency, ${returned.amount}, ${returned.reason}, see_platform_id, see_distributor_id, see_partner_id
    from payout where id = ${payout.id} and payer_id = ${payout.payerId}`
  await tx`
    update payout_statement set return_id = ${id}
    where payout_id = ${payout.id} and payer_id = ${payout.payerId} and return_id is null
      and statement_id = any (${[...returned.statementIds]}::uuid[])`
  return id
}

/** The names that a bank order shows. */
export const listPayeeNames = (tx: Tx, payoutId: string, payerId: string) =>
  tx<{ id: string; name: string }[]>`
    select distinct organization.id, organization.name
    from payout_statement join organization on organization.id = payee_id
    where payout_id = ${payoutId} and payer_id = ${payerId}`

/** A statement that a batch pays, with the sums of its earnings by kind. */
export type ExplainedStatement = {
  payeeId: string
  payeeName: string
  statementId: string
  period: string
  lines: number
  earned: string
  retiered: string
  reversed: string
  approved: string
}

export const listExplainedStatements = (tx: Tx, actor: Actor, payoutId: string) =>
  tx<ExplainedStatement[]>`
    select statement.payee_id as "payeeId", payee.name as "payeeName", statement.id as "statementId", statement.period, kinds.*,
           paid.amount::text as approved
    from (select * from payout_statement where payout_id = ${payoutId} and ${isOwn(tx, actor)}) paid
    join statement on statement.id = paid.statement_id
    join organization payee on payee.id = statement.payee_id
    cross join lateral (
      select count(*)::int as lines, coalesce(sum(amount) filter (where kind = 'earned'), 0)::text as earned,
             coalesce(sum(amount) filter (where kind = 'retier'), 0)::text as retiered,
             coalesce(sum(amount) filter (where kind = 'reversal'), 0)::text as reversed
      from (${memberIds(tx)}) member join earning on earning.id = member.id) kinds
    order by statement.payee_id, statement.period, statement.id`
