import { type Ctx, inTx } from '../../../platform/context.ts'
import * as queries from './queries.ts'
import { readPayout } from './service.ts'

/** A cell of RFC 4180; what a spreadsheet would run as a formula is text. */
const cell = (text: string): string => {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

const header = [
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

/** A batch as CSV (RFC 4180), one line for each payee. @throws notFound */
export const payoutCsv = (ctx: Ctx, id: string): Promise<string> =>
  inTx(ctx, async (tx) => {
    const { value: payout } = await readPayout(ctx, tx, id)
    const rows = await queries.listPayeeNames(tx, id, ctx.actor.organizationId)
    const names = new Map(rows.map((row) => [row.id, row.name]))
    const lines = payout.payments.map(({ payeeId, amount, paidCurrency, paidAmount, statementIds, isReturned }) =>
      [
        ...[id, payeeId, names.get(payeeId) ?? '', payout.currency].map(cell),
        amount,
        paidCurrency,
        paidAmount,
        statementIds.join(' '),
        String(isReturned),
      ].join(','),
    )
    return [header.join(','), ...lines, ''].join('\r\n')
  })
