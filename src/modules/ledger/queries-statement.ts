import { utcToday } from '../../platform/clock.ts'
import type { Actor } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { StatementFilters } from './model.ts'

/** Between whom and in what currency: the place of a statement in the list. */
export type StatementPlace = { readonly sellerId: string; readonly buyerId: string; readonly currency: string }

export type StatementRow = StatementPlace & {
  documents: number
  notDue: string
  days1to30: string
  days31to60: string
  days61to90: string
  over90: string
  open: string
  creditBalance: string
  grantedCredit: string
  today: string
}

/** Own sales and own purchases: an agent between reads documents, it has no account there. */
const isOwn = (tx: Tx, viewer: Actor, filters: StatementFilters) => {
  const id = viewer.organizationId
  const seen = tx`${tx(`see_${viewer.level}_id`)} = ${id}`
  const side =
    filters.side === 'sell'
      ? tx`seller_id = ${id}`
      : filters.side === 'buy'
        ? tx`buyer_id = ${id}`
        : tx`(seller_id = ${id} or buyer_id = ${id})`
  return tx`${seen} and ${side}
    ${filters.sellerId ? tx`and seller_id = ${filters.sellerId}` : tx``}
    ${filters.buyerId ? tx`and buyer_id = ${filters.buyerId}` : tx``}`
}

/** Issued invoices of which something is due, with the days that they are over their due day (UTC). */
const openDocuments = (tx: Tx, viewer: Actor, filters: StatementFilters) => tx`
  select * from (
    select invoice.id, number, seller_id, buyer_id, period, currency, issue_date, due_date, total,
           total - coalesce(settled.amount, 0) as open, ${utcToday(tx)} - due_date as days
    from invoice
    left join (select invoice_id, sum(amount) as amount from invoice_event
               where ${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId} group by invoice_id) settled
      on settled.invoice_id = invoice.id
    where type = 'invoice' and state = 'issued' and ${isOwn(tx, viewer, filters)}) document
  where open <> 0`

/** What is open by age, what is in the credit balance and what may be drawn of granted credit today, per seller, buyer and currency, in that order. */
export const listStatements = (
  tx: Tx,
  viewer: Actor,
  filters: StatementFilters,
  page: { readonly after: StatementPlace | undefined; readonly limit: number },
) =>
  tx<StatementRow[]>`
    with aged as (
      select seller_id, buyer_id, currency, count(*)::int as documents, sum(open) as open,
             sum(open) filter (where days <= 0) as not_due, sum(open) filter (where days between 1 and 30) as days1,
             sum(open) filter (where days between 31 and 60) as days31, sum(open) filter (where days between 61 and 90) as days61,
             sum(open) filter (where days > 90) as over90
      from (${openDocuments(tx, viewer, filters)}) due group by seller_id, buyer_id, currency
    ), credit as (
      select seller_id, buyer_id, currency, sum(amount) as balance from credit_entry
      where ${isOwn(tx, viewer, filters)} group by seller_id, buyer_id, currency
    ), granted as (
      select seller_id, buyer_id, currency, sum(rest.amount) as rest
      from (select id, seller_id, buyer_id, currency from credit_grant
            where valid @> ${utcToday(tx)} and ${isOwn(tx, viewer, filters)}) credit_grant
      cross join lateral (select sum(amount) as amount from credit_grant_entry where grant_id = credit_grant.id) rest
      where rest.amount > 0 group by seller_id, buyer_id, currency
    )
    select seller_id as "sellerId", buyer_id as "buyerId", currency, coalesce(documents, 0) as documents,
           coalesce(open, 0)::text as open, coalesce(not_due, 0)::text as "notDue", coalesce(days1, 0)::text as days1to30,
           coalesce(days31, 0)::text as days31to60, coalesce(days61, 0)::text as days61to90, coalesce(over90, 0)::text as over90,
           coalesce(balance, 0)::text as "creditBalance", coalesce(rest, 0)::text as "grantedCredit",
           ${utcToday(tx)} as today
    from aged full join credit using (seller_id, buyer_id, currency)
    full join granted using (seller_id, buyer_id, currency)
    ${
      page.after
        ? tx`where (seller_id, buyer_id, currency) > (${page.after.sellerId}::uuid, ${page.after.buyerId}::uuid, ${page.after.currency})`
        : tx``
    }
    order by seller_id, buyer_id, currency limit ${onePast(tx, page)}`

type OpenItemRow = {
  invoiceId: string
  number: string
  sellerId: string
  buyerId: string
  period: string
  currency: string
  issueDate: string
  dueDate: string
  total: string
  open: string
  today: string
}

/** The documents behind the statements, oldest first. */
export const listOpenItems = (tx: Tx, viewer: Actor, filters: StatementFilters, page: PageRequest) =>
  tx<OpenItemRow[]>`
    select id as "invoiceId", number, seller_id as "sellerId", buyer_id as "buyerId", period, currency,
           issue_date as "issueDate", due_date as "dueDate", total::text, open::text,
           ${utcToday(tx)} as today
    from (${openDocuments(tx, viewer, filters)}) due
    ${page.after ? tx`where id > ${page.after}` : tx``}
    order by id limit ${onePast(tx, page)}`
