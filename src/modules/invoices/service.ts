import { amountText, type Currency, currency, minorText } from '../../billing/money.ts'
import { isOverdue, openOf, paymentStateOf } from '../../billing/payment.ts'
import { type Ctx, inTx, inTxOnce, tierRole } from '../../platform/context.ts'
import { switchRole, type Tx } from '../../platform/db.ts'
import { notFound } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf, pageRequest, placeIn } from '../../platform/page.ts'
import type { Versioned } from '../../platform/request.ts'
import { recordAudit } from '../audit/service.ts'
import { freeBuckets } from '../billing/runs/papers.ts'
import type { HeadTax } from './canonical.ts'
import { findCreditNote } from './credit-notes/queries.ts'
import { notDiscardable } from './errors.ts'
import { settledOf } from './issue/settle.ts'
import type { Invoice, InvoiceFilters, InvoiceLine, LineFilters } from './model.ts'
import * as queries from './queries.ts'

const textOf = (code: Currency) => (amount: string) => minorText(amount, code)

/**
 * What others than the seller see has no run: it is the seller's own affair. Field by field, because taking `version` away
 * from fifty rows by rest and spread costs a page more than its query.
 */
export function toInvoice(ctx: Ctx, row: queries.InvoiceRow): Invoice {
  const money = currency(row.currency)
  const text = textOf(money)
  const settled = settledOf(row)
  const open = openOf(settled)
  const isIssued = row.state === 'issued'
  return {
    id: row.id,
    type: 'invoice',
    number: row.number,
    state: row.state,
    parkedFor: row.parkedFor,
    paymentState: isIssued ? paymentStateOf(settled) : null,
    overdue: row.dueDate !== null && isOverdue(open, row.dueDate, row.today),
    runId: row.sellerId === ctx.actor.organizationId ? row.runId : null,
    sellerId: row.sellerId,
    buyerId: row.buyerId,
    period: row.period,
    currency: row.currency,
    issueDate: row.issueDate,
    dueDate: row.dueDate,
    lines: row.lines,
    net: text(row.net),
    taxes: row.taxes.map((tax) => toTax(tax, text)),
    taxNote: row.isTaxed ? null : 'the seller has no tax profile: no tax was computed',
    tax: text(row.tax),
    total: text(row.total),
    paid: text(row.paid),
    credited: text(row.credited),
    writtenOff: text(row.writtenOff),
    open: isIssued ? amountText(open, money) : null,
    amends: row.amends,
    reason: row.reason,
    amendedBy: row.amendedBy,
    contentHash: row.contentHash,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  }
}

/** A tax as it is shown. */
export const toTax = (
  { category, name, percent: rate, base, amount, reason }: HeadTax,
  text: (amount: string) => string,
) => ({
  category,
  name,
  rate,
  base: text(base),
  amount: text(amount),
  reason,
})

/** Documents of the caller's edges, newest first; drafts and discarded ones of its own sales only. */
export async function listInvoices(ctx: Ctx, filters: InvoiceFilters): Promise<Page<Invoice>> {
  const page = idPageRequest('invoices', filters)
  const rows = await inTx(ctx, (tx) => queries.listInvoices(tx, ctx.actor, filters, page))
  return pageOf(
    'invoices',
    page,
    rows,
    (row) => row.id,
    (row) => toInvoice(ctx, row),
  )
}

/** @throws notFound, alike for an absent document, another branch's and another seller's draft. */
export const getInvoice = (ctx: Ctx, id: string): Promise<Versioned<Invoice>> =>
  inTx(ctx, async (tx) => {
    const row = await findSeen(ctx, tx, id)
    return { value: toInvoice(ctx, row), version: row.version }
  })

/** The document as the caller may see it. @throws notFound */
export async function findSeen(ctx: Ctx, tx: Tx, id: string): Promise<queries.InvoiceRow> {
  const row = await queries.findInvoice(tx, ctx.actor, id)
  if (!row) throw notFound()
  return row
}

/** The caller's own document. @throws notFound, for another seller's as for none */
export async function findOwn(ctx: Ctx, tx: Tx, id: string): Promise<queries.InvoiceRow> {
  const row = await findSeen(ctx, tx, id)
  if (row.sellerId !== ctx.actor.organizationId) throw notFound()
  return row
}

/** The lines of an invoice by number. @throws notFound */
export const listLines = (ctx: Ctx, id: string, filters: LineFilters): Promise<Page<InvoiceLine>> =>
  linesOf(ctx, id, filters, (tx) => findSeen(ctx, tx, id))

/** The lines of a credit note by number, each with the line that it amends. @throws notFound */
export const listNoteLines = (ctx: Ctx, id: string, filters: LineFilters): Promise<Page<InvoiceLine>> =>
  linesOf(ctx, id, filters, async (tx) => {
    const note = await findCreditNote(tx, ctx.actor, id)
    if (!note) throw notFound()
    return note
  })

async function linesOf(
  ctx: Ctx,
  id: string,
  filters: LineFilters,
  find: (tx: Tx) => Promise<{ currency: string }>,
): Promise<Page<InvoiceLine>> {
  const kind = `lines-${id}`
  const page = pageRequest(kind, filters)
  if (page.after !== undefined) placeIn(page.after, /^\d{1,9}$/)
  const { subscriptionId, tenantId, skuId } = filters
  return inTx(ctx, async (tx) => {
    const text = textOf(currency((await find(tx)).currency))
    const slice = { after: Number(page.after ?? 0), limit: page.limit, subscriptionId, tenantId, skuId }
    const rows = await queries.listLines(tx, ctx.actor, id, slice)
    return pageOf(
      kind,
      page,
      rows,
      (row) => String(row.line),
      (row) => toLine(row, text),
    )
  })
}

const toLine = (row: queries.LineRow, text: (amount: string) => string): InvoiceLine => ({
  ...row,
  net: text(row.net),
  creditedNet: text(row.creditedNet),
})

/** Takes an own draft or parked document away; what it held can be drafted again. @throws notFound, notDiscardable */
export const discardInvoice = (ctx: Ctx, id: string): Promise<Versioned<Invoice>> =>
  inTxOnce(ctx, async (tx) => {
    const { sellerId } = await findOwn(ctx, tx, id)
    await switchRole(tx, 'weir_seller')
    const discarded = await queries.discardInvoice(tx, sellerId, id)
    if (!discarded) throw notDiscardable()
    await freeBuckets(tx, { sellerId, period: discarded.period, edgeIds: [discarded.edgeId], invoiceIds: [id] })
    await switchRole(tx, tierRole(ctx.actor.level))
    await recordAudit(
      tx,
      ctx.actor,
      { action: 'invoice.discarded', objectType: 'invoice', objectId: id },
      ctx.requestId,
    )
    const row = await findSeen(ctx, tx, id)
    return { value: toInvoice(ctx, row), version: row.version }
  })
