import type { Branch, Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { utcToday } from '../../../platform/clock.ts'

/** What keeps an organization from being closed. */
type Unsettled =
  'below' | 'subscriptions' | 'changes' | 'usage' | 'unbilled' | 'drafts' | 'debts' | 'credit' | 'commissions'

const kindsOf = (rows: readonly { kind: Unsettled }[]): Unsettled[] => rows.map(({ kind }) => kind)

/** What its own branch holds against closing it, which everybody above may know. Runs as weir_chain. */
export const listBusy = async (tx: Tx, { organizationId, level }: Branch) =>
  kindsOf(
    await tx<{ kind: Unsettled }[]>`
      select kind from (values
        ('below', exists (
          select from organization where parent_id = ${organizationId} and state <> 'closed')),
        ('subscriptions', exists (
          select from subscription where tenant_id = ${organizationId}
            and (end_date is null or end_date > ${utcToday(tx)}))),
        ('changes', exists (
          select from organization_change change join organization subject on subject.id = change.organization_id
          where change.state = 'planned'
            and (${tx(`subject.${level}_id`)} = ${organizationId} or change.to_parent_id = ${organizationId}))),
        ('usage', exists (select from rating_due where tenant_id = ${organizationId}))) as found (kind, is_there)
      where is_there order by kind`,
  )

/**
 * What its edges and commissions hold against closing it, as far as `seen` sees them. Runs as the caller's tier, which says
 * what the caller may be told, and as weir_chain for the organization itself, which decides.
 */
export const listUnsettled = async (
  tx: Tx,
  organizationId: string,
  seen: { readonly level: Level; readonly organizationId: string },
) => {
  const sight = (table: string) => tx`${tx(`${table}.see_${seen.level}_id`)} = ${seen.organizationId}`
  const isSide = (table: string) => tx`${organizationId} in (${tx(`${table}.seller_id`)}, ${tx(`${table}.buyer_id`)})`
  return kindsOf(
    await tx<{ kind: Unsettled }[]>`
      select kind from (values
        ('unbilled', exists (
          select from rated_bucket bucket where ${sight('bucket')} and ${isSide('bucket')} and bucket.state not in ('billed', 'settled'))),
        ('drafts', exists (
          select from invoice where ${sight('invoice')} and ${isSide('invoice')} and invoice.state in ('draft', 'parked'))),
        ('debts', exists (
          select from invoice
          left join lateral (
            select sum(amount) as amount from invoice_event event where event.invoice_id = invoice.id) settled on true
          where ${sight('invoice')} and ${isSide('invoice')} and invoice.state = 'issued' and invoice.type = 'invoice'
            and invoice.total <> coalesce(settled.amount, 0))),
        ('credit', exists (
          select from credit_entry entry where ${sight('entry')} and ${isSide('entry')}
          group by seller_id, buyer_id, currency having sum(amount) <> 0
          union all
          select from credit_grant granted join credit_grant_entry entry on entry.grant_id = granted.id
          where ${sight('granted')} and ${isSide('granted')}
          group by granted.id having sum(entry.amount) > 0)),
        ('commissions', exists (
          select from statement join earning on earning.statement_id = statement.id
          where ${sight('statement')} and ${organizationId} in (statement.payer_id, statement.payee_id)
            and statement.state <> 'paid'
          group by statement.payer_id, statement.payee_id, statement.currency having sum(earning.amount) <> 0)))
        as found (kind, is_there)
      where is_there order by kind`,
  )
}
