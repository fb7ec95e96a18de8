import type { GrantEntryKind, GrantPurpose } from '../../billing/credit.ts'
import type { Level } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'

// What is granted, drawn and ended, as the seller's money duties: everything here runs as weir_seller unless it says otherwise.
// The day is that of the transaction, so that what it reads and what it writes agree.

/** A grant as it is written down. */
type NewGrant = {
  readonly id: string
  readonly edgeId: string
  readonly currency: string
  readonly amount: string
  readonly purpose: GrantPurpose
  readonly reason: string
  readonly validFrom: string
  readonly validTo: string | null
}

export const insertGrant = (tx: Tx, sellerId: string, row: NewGrant) => tx`
  insert into credit_grant (id, seller_id, buyer_id, edge_id, currency, amount, purpose, reason, valid,
                            see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select ${row.id}, seller_id, buyer_id, id, ${row.currency}, ${row.amount}, ${row.purpose}, ${row.reason},
         daterange(${row.validFrom}, ${row.validTo}), see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from edge where id = ${row.edgeId} and seller_id = ${sellerId}`

/** Something that happens to a grant; `sourceId` is the settlement that draws it, else the entry itself. */
type NewEntry = {
  readonly id: string
  readonly grantId: string
  readonly kind: GrantEntryKind
  readonly amount: string
  readonly sourceId: string
  readonly reason: string | null
}

/** Seen by who sees the grant. The database refuses a draw out of its days, below zero, and a second end. */
export const insertEntries = (tx: Tx, sellerId: string, entries: readonly NewEntry[]) => tx`
  insert into credit_grant_entry (id, grant_id, seller_id, currency, kind, amount, on_day, source_id, reason,
                                  see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select made.id, credit_grant.id, seller_id, currency, made.kind, made.amount, (now() at time zone 'UTC')::date, made.source_id,
         made.reason, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from unnest(${entries.map((one) => one.id)}::uuid[], ${entries.map((one) => one.grantId)}::uuid[],
              ${entries.map((one) => one.kind)}::text[], ${entries.map((one) => one.amount)}::numeric[],
              ${entries.map((one) => one.sourceId)}::uuid[], ${entries.map((one) => one.reason)}::text[])
    as made (id, grant_id, kind, amount, source_id, reason)
  join credit_grant on credit_grant.id = made.grant_id and credit_grant.seller_id = ${sellerId}`

export type LeftRow = {
  id: string
  buyerId: string
  currency: string
  left: string
  validTo: string | null
}

const leftOf = (tx: Tx) => tx`
  select credit_grant.id, buyer_id as "buyerId", currency, rest.amount::text as left, upper(valid) as "validTo"
  from credit_grant
  cross join lateral (select sum(amount) as amount from credit_grant_entry where grant_id = credit_grant.id) rest
  where rest.amount > 0`

/** What some buyers may draw today. Read after their edges are locked where it is drawn. */
export const listDrawable = (tx: Tx, sellerId: string, buyerIds: readonly string[]) =>
  tx<LeftRow[]>`
    ${leftOf(tx)} and credit_grant.seller_id = ${sellerId} and buyer_id = any (${[...buyerIds]}::uuid[])
      and valid @> (now() at time zone 'UTC')::date`

/** A grant of which something is left and that is not over, begun or not. Read after its edge is locked. */
export const findLeft = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<LeftRow[]>`
    ${leftOf(tx)} and credit_grant.seller_id = ${sellerId} and credit_grant.id = ${id}
      and (upper_inf(valid) or upper(valid) > (now() at time zone 'UTC')::date)`,
  )

const isOver = (tx: Tx) => tx`upper(valid) <= (now() at time zone 'UTC')::date`

/** Grants of a seller that are over while something is left of them, oldest first. */
export const listOver = (tx: Tx, sellerId: string, limit: number) =>
  tx<LeftRow[]>`
    ${leftOf(tx)} and credit_grant.seller_id = ${sellerId} and ${isOver(tx)} order by credit_grant.id limit ${limit}`

/** What is left of some grants that are over. Read after their edges are locked. */
export const listLeftOver = (tx: Tx, sellerId: string, ids: readonly string[]) =>
  tx<LeftRow[]>`
    ${leftOf(tx)} and credit_grant.seller_id = ${sellerId} and ${isOver(tx)}
      and credit_grant.id = any (${[...ids]}::uuid[]) order by credit_grant.id`

/** A seller that has granted something that is over, with its place in the hierarchy. */
type GrantingSeller = { sellerId: string; level: Level; distributorId: string; partnerId: string }

/** Runs as weir_relay. */
export const listSellersOver = (tx: Tx) =>
  tx<GrantingSeller[]>`
    select organization.id as "sellerId", organization.level, organization.distributor_id as "distributorId",
           organization.partner_id as "partnerId"
    from (select distinct seller_id from credit_grant
          where ${isOver(tx)} and exists (
            select from credit_grant_entry entry where entry.grant_id = credit_grant.id having sum(entry.amount) > 0)) granting
    join organization on organization.id = granting.seller_id order by organization.id`
