import { utcToday } from '../../../platform/clock.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countGrants = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from credit_grant`)?.count ?? 0

/** Grants of which something else was granted than they say, more was taken than that, or a rest was kept when they ended. */
export const listWrongGrants = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'credit ' || credit_grant.id as row,
           format('is of %s, was granted as %s, and %s is left of it%s', trim_scale(amount), trim_scale(granted), trim_scale(rest),
                  case when is_ended then ' though it ended' else '' end) as says,
           count(*) over ()::int as total
    from credit_grant
    cross join lateral (
      select coalesce(sum(entry.amount) filter (where kind = 'granted'), 0) as granted, coalesce(sum(entry.amount), 0) as rest,
             coalesce(bool_or(kind in ('expired', 'voided')), false) as is_ended
      from credit_grant_entry entry where entry.grant_id = credit_grant.id) entries
    where granted <> amount or rest not between 0 and amount or (is_ended and rest <> 0)
    order by credit_grant.id limit ${namedRows}`

/** Draws out of their grant's days or that settled no document of its buyer, and ends that came too early. */
export const listWrongEntries = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'credit entry ' || entry.id as row, format('%s on %s %s', entry.kind, on_day,
             case when entry.kind = 'expired' then 'while it was valid' else 'settled nothing on its days' end) as says,
           count(*) over ()::int as total
    from credit_grant_entry entry join credit_grant on credit_grant.id = entry.grant_id
    left join invoice_event event on event.id = entry.source_id and event.kind = 'credit_applied'
      and (event.seller_id, event.currency, event.amount) = (credit_grant.seller_id, credit_grant.currency, -entry.amount)
    left join invoice on invoice.id = event.invoice_id and invoice.buyer_id = credit_grant.buyer_id
    where (entry.kind = 'drawn' and (invoice.id is null or not valid @> on_day))
      or (entry.kind = 'expired' and (upper_inf(valid) or on_day < upper(valid)))
    order by entry.id limit ${namedRows}`

/**
 * Draws of grants, or of money, while something was left of a grant that was to be drawn before. Money has no day of its own:
 * around midnight the grant has to be valid on both days.
 */
export const listOutOfOrder = (tx: Tx) =>
  tx<FoundRow[]>`
    with drawn as (
      select 'credit entry ' || entry.id as row, entry.at, on_day as first_day, on_day as last_day, credit_grant.seller_id, buyer_id,
             credit_grant.currency, coalesce(upper(valid), 'infinity') as ends, credit_grant.id as grant_id
      from credit_grant_entry entry join credit_grant on credit_grant.id = entry.grant_id where entry.kind = 'drawn'
      union all
      select 'balance entry ' || id, at, ((at - interval '1 minute') at time zone 'UTC')::date, (at at time zone 'UTC')::date, seller_id,
             buyer_id, currency, null, null
      from credit_entry where kind = 'applied' and amount < 0)
    select row, format('was drawn while %s was left of credit %s', trim_scale(rest.amount), before.id) as says,
           count(*) over ()::int as total
    from drawn join credit_grant before on (before.seller_id, before.buyer_id, before.currency)
        = (drawn.seller_id, drawn.buyer_id, drawn.currency)
      and before.valid @> first_day and before.valid @> last_day
      and (drawn.grant_id is null or (coalesce(upper(before.valid), 'infinity'), before.id) < (drawn.ends, drawn.grant_id))
    cross join lateral (select sum(amount) as amount from credit_grant_entry
      where grant_id = before.id and at <= drawn.at) rest
    where rest.amount > 0
    order by row limit ${namedRows}`

/** Grants that are seen by others than their edge, and entries by others than their grant. */
export const listWrongSight = (tx: Tx) =>
  tx<FoundRow[]>`
    with wrong as (
      select 'credit ' || credit_grant.id as row from credit_grant join edge on edge.id = credit_grant.edge_id
      where (credit_grant.see_platform_id, credit_grant.see_distributor_id, credit_grant.see_partner_id, credit_grant.see_tenant_id)
        is distinct from (edge.see_platform_id, edge.see_distributor_id, edge.see_partner_id, edge.see_tenant_id)
      union all
      select 'credit entry ' || entry.id from credit_grant_entry entry join credit_grant on credit_grant.id = entry.grant_id
      where (entry.see_platform_id, entry.see_distributor_id, entry.see_partner_id, entry.see_tenant_id)
        is distinct from (credit_grant.see_platform_id, credit_grant.see_distributor_id, credit_grant.see_partner_id,
                          credit_grant.see_tenant_id))
    select row, 'is seen by others than it should be' as says, count(*) over ()::int as total
    from wrong order by row limit ${namedRows}`

/** Grants that are over, with something left that the nightly job will let expire. */
export const listUnexpired = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'credit ' || credit_grant.id as row, format('is over since %s and has not expired', upper(valid)) as says,
           count(*) over ()::int as total
    from credit_grant
    cross join lateral (select sum(amount) as amount from credit_grant_entry where grant_id = credit_grant.id) rest
    where upper(valid) <= ${utcToday(tx)} and rest.amount > 0
    order by credit_grant.id limit ${namedRows}`
