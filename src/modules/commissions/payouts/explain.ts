import { exchange } from '../../../billing/fx.ts'
import { amountText, currency, decimal, plainText, sum } from '../../../billing/money.ts'
import { payIn } from '../../../billing/payout.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { invariant } from '../../../platform/errors.ts'
import { listPinnedRates, type SourcedRate } from '../../pricing/fx/service.ts'
import { asSeller } from '../statements/service.ts'
import type { Payout, PayoutExplanation } from './model.ts'
import { type ExplainedStatement, listExplainedStatements } from './queries.ts'
import { readPayout } from './service.ts'

type Payment = Payout['payments'][number]
type Explained = PayoutExplanation['payments'][number]

/**
 * Explains a batch by adding it up again: the earnings of each statement by kind, the statements of each payee, and what
 * leaves the bank for them at the pinned rate (law 17). @throws notFound
 */
export const explainPayout = (ctx: Ctx, id: string): Promise<PayoutExplanation> =>
  inTx(ctx, async (tx) => {
    const { value: payout } = await readPayout(ctx, tx, id)
    const statements = Map.groupBy(await listExplainedStatements(tx, ctx.actor, id), ({ payeeId }) => payeeId)
    const rateIds = payout.payments.flatMap(({ fxRateId }) => (fxRateId === null ? [] : [fxRateId]))
    const rates = await asSeller(ctx, tx, () => listPinnedRates(tx, rateIds))
    const payments = payout.payments.map((payment) =>
      explainPayment(
        payout.currency,
        payment,
        statements.get(payment.payeeId) ?? [],
        rates.find((rate) => rate.id === payment.fxRateId),
      ),
    )
    const total = amountText(sum(payments.map(({ amount }) => decimal(amount))), currency(payout.currency))
    invariant(total === payout.total, 'a batch replays to its own total')
    return { payoutId: id, currency: payout.currency, minimum: payout.minimum, payments, total }
  })

function explainPayment(
  code: string,
  payment: Payment,
  rows: readonly ExplainedStatement[],
  rate: SourcedRate | undefined,
): Explained {
  const from = currency(code)
  const statements = rows.map(({ payeeId: _, payeeName: __, ...row }) => {
    const parts = {
      earned: minor(row.earned, code),
      retiered: minor(row.retiered, code),
      reversed: minor(row.reversed, code),
    }
    return { ...row, ...parts, approved: minor(row.approved, code) }
  })
  const amount = sum(
    rows.map(({ earned, retiered, reversed }) => sum([earned, retiered, reversed].map((one) => decimal(one)))),
  )
  const paid = payIn(amount, from, currency(payment.paidCurrency), rate)
  invariant(
    paid && amountText(paid.amount, paid.currency) === payment.paidAmount,
    'a payment replays to its own amount',
  )
  const exchanged = rate ? exchangedAt(rate, payment.amount) : null
  return {
    payeeId: payment.payeeId,
    payeeName: rows[0]?.payeeName ?? null,
    statements,
    amount: amountText(amount, from),
    exchange: exchanged,
    paidCurrency: payment.paidCurrency,
    paidAmount: payment.paidAmount,
    sentences: [
      ...statements.map((one) => sentenceOf(one, code)),
      `Together ${payment.amount} ${code}.`,
      ...(exchanged
        ? [
            `At ${exchanged.rate} ${exchanged.to} for one ${exchanged.from} (${exchanged.source}, from ${exchanged.validFrom}) that is ` +
              `${exchanged.unrounded}, rounded once to ${payment.paidAmount} ${payment.paidCurrency}.`,
          ]
        : []),
    ],
  }
}

const minor = (amount: string, code: string): string => amountText(decimal(amount), currency(code))

const exchangedAt = ({ id, sellerId: _, ...rate }: SourcedRate, amount: string) => ({
  fxRateId: id,
  ...rate,
  unrounded: plainText(exchange(decimal(amount), rate)),
})

const sentenceOf = (
  { period, lines, earned, retiered, reversed, approved }: Explained['statements'][number],
  code: string,
) =>
  `The statement of ${period} has ${lines} lines: ${earned} earned, ${retiered} tiered again, ${reversed} taken back; ` +
  `${approved} ${code} was approved.`
