import { type Ctx, inTx } from '../../../platform/context.ts'
import { csvText } from '../../../platform/csv.ts'
import { payoutWrongState } from './errors.ts'
import * as queries from './queries.ts'
import { readPayout } from './service.ts'

const head = [
  'payoutId',
  'payeeId',
  'payeeName',
  'currency',
  'amount',
  'paidCurrency',
  'paidAmount',
  'statements',
  'returned',
]

/**
 * A batch as CSV (RFC 4180), one line for each payee. It goes to the bank: of a discarded batch there is none, because
 * another one pays its statements. @throws notFound, payoutWrongState
 */
export const payoutCsv = (ctx: Ctx, id: string): Promise<string> =>
  inTx(ctx, async (tx) => {
    const { value: payout } = await readPayout(ctx, tx, id)
    if (payout.state === 'discarded') throw payoutWrongState()
    const rows = await queries.listPayeeNames(tx, id, ctx.actor.organizationId)
    const names = new Map(rows.map((row) => [row.id, row.name]))
    const lines = payout.payments.map(({ payeeId, amount, paidCurrency, paidAmount, statementIds, isReturned }) => [
      id,
      payeeId,
      names.get(payeeId) ?? '',
      payout.currency,
      amount,
      paidCurrency,
      paidAmount,
      statementIds.join(' '),
      String(isReturned),
    ])
    return csvText(head, lines)
  })
