import type { Actor } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { ReceivedFilters, ReceivedPayout } from './model.ts'

/** What a batch pays the payee itself, and nobody else: the batch, its total and its other payments are its payer's. */
const isReceived = (tx: Tx, actor: Actor, table: string) =>
  tx`${tx(`${table}.payee_id`)} = ${actor.organizationId} and ${tx(`${table}.see_${actor.level}_id`)} = ${actor.organizationId}`

const received = (tx: Tx, actor: Actor) => tx`
  select payment.payout_id as "payoutId", payment.payer_id as "payerId", payment.currency, sums.amount,
         coalesce(exchanged.paid_currency, payment.currency) as "paidCurrency",
         coalesce(exchanged.paid_amount::text, sums.amount) as "paidAmount", exchanged.fx_rate_id as "fxRateId", payment.state,
         payment.reference, payment.approved_at as "approvedAt", payment.sent_at as "sentAt", payment.settled_at as "settledAt",
         payment.returned_at as "returnedAt", payment.return_reason as "returnReason", sums.statements,
         payment.created_at as "createdAt", payment.updated_at as "updatedAt"
  from payout_payment payment
  left join payout_exchange exchanged on exchanged.payout_id = payment.payout_id and ${isReceived(tx, actor, 'exchanged')}
  cross join lateral (
    select sum(paid.amount)::text as amount,
           jsonb_agg(jsonb_build_object('statementId', statement.id, 'period', statement.period, 'amount', paid.amount::text)
             order by statement.period, statement.id) as statements
    from payout_statement paid join statement on statement.id = paid.statement_id
    where paid.payout_id = payment.payout_id and ${isReceived(tx, actor, 'paid')}) sums
  where ${isReceived(tx, actor, 'payment')}`

export const listReceived = (tx: Tx, actor: Actor, filters: ReceivedFilters, page: PageRequest) =>
  tx<ReceivedPayout[]>`
    ${received(tx, actor)}
      ${filters.state === undefined ? tx`` : tx`and payment.state = ${filters.state}`}
      ${filters.currency === undefined ? tx`` : tx`and payment.currency = ${filters.currency}`}
      ${filters.payerId === undefined ? tx`` : tx`and payment.payer_id = ${filters.payerId}`}
      ${page.after === undefined ? tx`` : tx`and payment.payout_id < ${page.after}`}
    order by payment.payout_id desc limit ${onePast(tx, page)}`

/** Undefined for a batch that does not pay the caller and for an absent one alike. */
export const findReceived = async (tx: Tx, actor: Actor, payoutId: string) =>
  one(await tx<ReceivedPayout[]>`${received(tx, actor)} and payment.payout_id = ${payoutId}`)
