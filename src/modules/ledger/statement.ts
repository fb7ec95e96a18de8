import { amountText, currency, decimal, minorText } from '../../billing/money.ts'
import { ageOf } from '../../billing/payment.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import { idPageRequest, type Page, pageOf, type PageRequest, pageRequest, placeIn } from '../../platform/page.ts'
import type { OpenItem, Statement, StatementFilters } from './model.ts'
import * as queries from './queries-statement.ts'

/** What each buyer owes and what each seller is owed, with the ageing of what is open: the caller's own sides only. */
export async function listStatements(ctx: Ctx, filters: StatementFilters): Promise<Page<Statement>> {
  const page = pageRequest('statements', filters)
  const wish = { after: placeOf(page), limit: page.limit }
  const rows = await inTx(ctx, (tx) => queries.listStatements(tx, ctx.actor, filters, wish))
  return pageOf('statements', page, rows, (row) => `${row.sellerId}:${row.buyerId}:${row.currency}`, toStatement)
}

const placeForm = /^([0-9a-f-]{36}):([0-9a-f-]{36}):([A-Z]{3})$/

function placeOf({ after }: PageRequest): queries.StatementPlace | undefined {
  if (after === undefined) return undefined
  const [sellerId = '', buyerId = '', code = ''] = placeIn(after, placeForm)
  return { sellerId, buyerId, currency: code }
}

function toStatement(row: queries.StatementRow): Statement {
  const money = currency(row.currency)
  const text = (amount: string) => minorText(amount, money)
  return {
    sellerId: row.sellerId,
    buyerId: row.buyerId,
    currency: money,
    documents: row.documents,
    ageing: {
      notDue: text(row.notDue),
      days1to30: text(row.days1to30),
      days31to60: text(row.days31to60),
      days61to90: text(row.days61to90),
      over90: text(row.over90),
    },
    open: text(row.open),
    creditBalance: text(row.creditBalance),
    grantedCredit: text(row.grantedCredit),
    balance: amountText(decimal(row.open).minus(decimal(row.creditBalance)), money),
    asOf: row.today,
  }
}

/** The invoices behind the statements, in the order in which they were made. */
export async function listOpenItems(ctx: Ctx, filters: StatementFilters): Promise<Page<OpenItem>> {
  const page = idPageRequest('open-items', filters)
  const rows = await inTx(ctx, (tx) => queries.listOpenItems(tx, ctx.actor, filters, page))
  return pageOf(
    'open-items',
    page,
    rows,
    (row) => row.invoiceId,
    ({ today, ...row }) => {
      const money = currency(row.currency)
      const age = ageOf(row.dueDate, today)
      return { ...row, age, total: minorText(row.total, money), open: minorText(row.open, money) }
    },
  )
}
