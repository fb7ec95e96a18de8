import { one, type Tx } from '../../../platform/db.ts'

/** A draft that is so many times the usual waits for a person. */
const timesUsual = 10
/**
 * The usual is the average of the last documents of the edge, without those that were replaced and the differences of
 * corrections: at most so many, and at least so many or there is no usual.
 */
const earlier = { most: 6, least: 3 }

/** Sets drafts aside that come to ten times the usual of their edge or more. Runs as weir_seller. */
export const parkUnusualDrafts = (tx: Tx, runId: string) => tx`
  update invoice set state = 'parked', parked_for = 'total.unusual', version = version + 1, updated_at = clock_timestamp()
  from (
    select draft.id from invoice draft
    cross join lateral (
      select avg(total) as total, count(*) as documents from (
        select total from invoice before
        where before.edge_id = draft.edge_id and before.state = 'issued' and before.type = 'invoice'
          and before.correction_id is null and not exists (
            select from invoice later where later.amends = before.id and later.type = 'invoice' and later.correction_id is null)
        order by before.id desc limit ${earlier.most}) last) usual
    where draft.run_id = ${runId} and draft.state = 'draft'
      and usual.documents >= ${earlier.least} and usual.total > 0 and draft.total >= ${timesUsual} * usual.total) unusual
  where invoice.id = unusual.id`

/** An own parked document becomes a draft again; answers why it was set aside, undefined where it was not. As weir_seller. */
export const releaseParked = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<{ parkedFor: string; runId: string }[]>`
    update invoice set state = 'draft', parked_for = null, version = invoice.version + 1, updated_at = clock_timestamp()
    from (select id, parked_for from invoice where id = ${id} and seller_id = ${sellerId} and state = 'parked' for update) before
    where invoice.id = before.id
    returning before.parked_for as "parkedFor", run_id as "runId"`,
  )
