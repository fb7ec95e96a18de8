import { amountText, currency, decimal } from '../../../billing/money.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { csvText } from '../../../platform/csv.ts'
import { notFound } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import type { ReceivedFilters, ReceivedPayout } from './model.ts'
import * as queries from './queries-received.ts'

const minor = (amount: string, code: string): string => amountText(decimal(amount), currency(code))

const toReceived = (row: ReceivedPayout): ReceivedPayout => ({
  ...row,
  amount: minor(row.amount, row.currency),
  paidAmount: minor(row.paidAmount, row.paidCurrency),
  statements: row.statements.map((one) => ({ ...one, amount: minor(one.amount, row.currency) })),
})

/** What the caller is paid by the batches of others, newest first. */
export async function listReceived(ctx: Ctx, filters: ReceivedFilters): Promise<Page<ReceivedPayout>> {
  const page = idPageRequest('payouts-received', filters)
  const rows = await inTx(ctx, (tx) => queries.listReceived(tx, ctx.actor, filters, page))
  return pageOf('payouts-received', page, rows, ({ payoutId }) => payoutId, toReceived)
}

/** What one batch pays the caller. @throws notFound, for a batch that pays others and an absent one alike. */
export async function getReceived(ctx: Ctx, payoutId: string): Promise<ReceivedPayout> {
  const row = await inTx(ctx, (tx) => queries.findReceived(tx, ctx.actor, payoutId))
  if (!row) throw notFound()
  return toReceived(row)
}

const head = [
  'payoutId',
  'payerId',
  'statementId',
  'period',
  'currency',
  'amount',
  'state',
  'reference',
  'sentAt',
  'settledAt',
  'returnedAt',
]

/** What one batch pays the caller as CSV, a line for each statement. @throws notFound */
export async function receivedCsv(ctx: Ctx, payoutId: string): Promise<string> {
  const { statements, ...paid } = await getReceived(ctx, payoutId)
  return csvText(
    head,
    statements.map(({ statementId, period, amount }) => [
      payoutId,
      paid.payerId,
      statementId,
      period,
      paid.currency,
      amount,
      paid.state,
      paid.reference,
      paid.sentAt,
      paid.settledAt,
      paid.returnedAt,
    ]),
  )
}
