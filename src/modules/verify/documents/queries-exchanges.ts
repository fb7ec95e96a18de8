import type { Tx } from '../../../platform/db.ts'

/** What leaves the bank for a payee in another currency, with the rate that it names and what its statements are. */
export type ExchangedRow = {
  payoutId: string
  payeeId: string
  currency: string
  amount: string
  statements: string
  paidCurrency: string
  paidAmount: string
  fxRateId: string
  rate: string
  isOwnRate: boolean
}

/** The next of them by batch and payee. */
export const listExchanged = (tx: Tx, after: { payoutId: string; payeeId: string }, limit: number) =>
  tx<ExchangedRow[]>`
    select payout_id as "payoutId", payee_id as "payeeId", paid.currency, trim_scale(paid.amount)::text as amount,
           (select coalesce(trim_scale(sum(one.amount)), 0)::text from payout_statement one
            where one.payout_id = paid.payout_id and one.payee_id = paid.payee_id) as statements,
           paid_currency as "paidCurrency", trim_scale(paid_amount)::text as "paidAmount", fx_rate_id as "fxRateId",
           trim_scale(fx_rate.rate)::text as rate,
           (fx_rate.seller_id = paid.payer_id or is_shared) and from_currency = paid.currency and to_currency = paid_currency
             and valid_from <= (paid.created_at at time zone 'UTC')::date as "isOwnRate"
    from payout_exchange paid join fx_rate on fx_rate.id = fx_rate_id
    where (payout_id, payee_id) > (${after.payoutId}, ${after.payeeId})
    order by payout_id, payee_id limit ${limit}`
