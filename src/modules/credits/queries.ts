import type { GrantEntryKind, GrantPurpose, GrantState } from '../../billing/credit.ts'
import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { CreditFilters } from './model.ts'

export type CreditRow = {
  id: string
  sellerId: string
  buyerId: string
  currency: string
  amount: string
  purpose: GrantPurpose
  reason: string
  validFrom: string
  validTo: string | null
  state: GrantState
  drawn: string
  expired: string
  voided: string
  remaining: string
  voidReason: string | null
  createdAt: string
  updatedAt: string
}

/**
 * Grants on the viewer's edges with what became of them. What is left after the last day has expired, whether or not that
 * was written down yet.
 */
const seen = (tx: Tx, viewer: Actor) => tx`
  select id, seller_id as "sellerId", buyer_id as "buyerId", currency, amount::text, purpose, reason,
         lower(valid) as "validFrom", upper(valid) as "validTo", drawn::text, voided::text, void_reason as "voidReason",
         case when is_over then amount - drawn - voided else 0 end::text as expired,
         case when is_over then 0 else amount - drawn - voided end::text as remaining,
         case when voided > 0 then 'voided' when amount = drawn then 'used' when is_over then 'expired'
              when lower(valid) > today then 'upcoming' else 'active' end as state,
         created_at as "createdAt", greatest(created_at, changed_at) as "updatedAt"
  from credit_grant
  cross join lateral (select (now() at time zone 'UTC')::date as today) clock
  cross join lateral (select coalesce(upper(valid) <= today, false) as is_over) ended
  cross join lateral (
    select coalesce(-sum(entry.amount) filter (where entry.kind = 'drawn'), 0) as drawn,
           coalesce(-sum(entry.amount) filter (where entry.kind = 'voided'), 0) as voided,
           max(entry.reason) as void_reason, max(entry.at) as changed_at
    from credit_grant_entry entry where entry.grant_id = credit_grant.id) entries
  where ${tx(`credit_grant.see_${viewer.level}_id`)} = ${viewer.organizationId}`

const onSide = (tx: Tx, viewer: Actor, side: CreditFilters['side']) => {
  const id = viewer.organizationId
  if (side === 'sell') return tx`and seller_id = ${id}`
  if (side === 'buy') return tx`and buyer_id = ${id}`
  return side === 'agency' ? tx`and seller_id <> ${id} and buyer_id <> ${id}` : tx``
}

const drawnBy = (tx: Tx, viewer: Actor, invoiceId: string) => tx`
  select entry.grant_id from invoice_event event
  join credit_grant_entry entry on entry.source_id = event.id and entry.kind = 'drawn'
  where event.invoice_id = ${invoiceId} and ${tx(`event.see_${viewer.level}_id`)} = ${viewer.organizationId}`

export const listCredits = (tx: Tx, viewer: Actor, filters: CreditFilters, page: PageRequest) =>
  tx<CreditRow[]>`
    select * from (${seen(tx, viewer)} ${onSide(tx, viewer, filters.side)}
      ${filters.sellerId ? tx`and seller_id = ${filters.sellerId}` : tx``}
      ${filters.buyerId ? tx`and buyer_id = ${filters.buyerId}` : tx``}
      ${filters.currency ? tx`and currency = ${filters.currency}` : tx``}
      ${filters.purpose ? tx`and purpose = ${filters.purpose}` : tx``}
      ${filters.invoiceId ? tx`and id in (${drawnBy(tx, viewer, filters.invoiceId)})` : tx``}
      ${page.after ? tx`and id < ${page.after}` : tx``}) credit
    ${filters.state ? tx`where state = ${filters.state}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const findCredit = async (tx: Tx, viewer: Actor, id: string) =>
  one(await tx<CreditRow[]>`${seen(tx, viewer)} and id = ${id}`)

type EntryRow = {
  id: string
  kind: GrantEntryKind
  currency: string
  amount: string
  day: string
  invoiceId: string | null
  at: string
}

/** What happened to a grant in the viewer's sight, oldest first. */
export const listEntries = (tx: Tx, viewer: Actor, id: string, page: PageRequest) =>
  tx<EntryRow[]>`
    select entry.id, entry.kind, entry.currency, entry.amount::text, on_day as day, event.invoice_id as "invoiceId", entry.at
    from credit_grant_entry entry
    left join invoice_event event on entry.kind = 'drawn' and event.id = entry.source_id
    where entry.grant_id = ${id} and ${tx(`entry.see_${viewer.level}_id`)} = ${viewer.organizationId}
      ${page.after ? tx`and entry.id > ${page.after}` : tx``}
    order by entry.id limit ${onePast(tx, page)}`

/** Whether a day that ends something is still to come, in UTC. */
export const isAhead = async (tx: Tx, day: string): Promise<boolean> =>
  one(await tx<{ isAhead: boolean }[]>`select ${day}::date > (now() at time zone 'UTC')::date as "isAhead"`)?.isAhead ??
  false
