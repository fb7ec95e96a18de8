import { settledKinds } from '../../../billing/invoice.ts'
import { one, type Tx, withoutNestedLoops } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'

// Drafts are written by their seller's money duties: everything here runs as weir_seller.

/** The run that a document belongs to. */
export type RunKey = { readonly sellerId: string; readonly runId: string; readonly period: string }

/** One draft per edge; those that exist already are left alone. Ids follow the order of the edges. */
export const insertDrafts = (tx: Tx, { runId, period }: RunKey, edgeIds: readonly string[]) => tx`
  insert into invoice (id, seller_id, buyer_id, edge_id, run_id, period, currency, currency_digits,
                       see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select wanted.id, edge.seller_id, edge.buyer_id, edge.id, ${runId}, ${period}, edge.currency, edge.currency_digits,
         edge.see_platform_id, edge.see_distributor_id, edge.see_partner_id, edge.see_tenant_id
  from unnest(${edgeIds.map(() => newId())}::uuid[], ${[...edgeIds]}::uuid[]) as wanted (id, edge_id)
  join edge on edge.id = wanted.edge_id
  order by wanted.id
  on conflict on constraint invoice_one_per_run do nothing`

/** The run's drafts of these edges, each looked up by its key. */
export const listDrafts = (tx: Tx, runId: string, edgeIds: readonly string[]) =>
  tx<{ id: string; edgeId: string }[]>`
    select draft.id, wanted.edge_id as "edgeId" from unnest(${[...edgeIds]}::uuid[]) as wanted (edge_id)
    cross join lateral (select id from invoice where run_id = ${runId} and edge_id = wanted.edge_id offset 0) draft`

/** The buckets behind one edge's tenant and up to another's. */
export type LineRange = {
  readonly after: { readonly edgeId: string; readonly tenantId: string }
  readonly upTo: { readonly edgeId: string; readonly tenantId: string }
}

/**
 * Adds a line for each bucket of the range behind the last line of its draft, rounded here and nowhere else (half away
 * from zero, as numeric rounds), and counts them in. Answers how many.
 */
export const insertLines = async (tx: Tx, { sellerId, runId, period }: RunKey, { after, upTo }: LineRange) => {
  const added = await withoutNestedLoops(
    tx,
    () => tx<{ lines: number }[]>`
    with added as (
      insert into invoice_line (
        invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start, service_end,
        quantity, quantity_before, unrounded, net, price_rate_id, fx_rate_id, tax_category, details, seller_id,
        see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
      select draft.id,
             draft.lines + row_number() over (
               partition by bucket.edge_id
               order by tenant_id, subscription_id, sku_id, service_period, region_id, service_start, bucket.kind),
             case when bucket.kind = 'usage' and service_period < bucket.period then 'late' else bucket.kind end,
             subscription_id, tenant_id, sku_id,
             service_period, region_id, service_start, service_end, quantity, quantity_before, unrounded,
             round(unrounded, bucket.currency_digits), price_rate_id, fx_rate_id, tax_category, details, bucket.seller_id,
             bucket.see_platform_id, bucket.see_distributor_id, bucket.see_partner_id, bucket.see_tenant_id
      from rated_bucket bucket
      join invoice draft on draft.run_id = ${runId} and draft.id = bucket.invoice_id
      where bucket.seller_id = ${sellerId} and bucket.period = ${period}
        and (bucket.edge_id, tenant_id) > (${after.edgeId}, ${after.tenantId})
        and (bucket.edge_id, tenant_id) <= (${upTo.edgeId}, ${upTo.tenantId})
        and bucket.state = 'drafted'
      order by 1, 2
      returning invoice_id, net
    ), counted as (
      update invoice
      set lines = invoice.lines + sums.lines, net = invoice.net + sums.net, total = invoice.total + sums.net,
          updated_at = clock_timestamp()
      from (select invoice_id, count(*)::int as lines, sum(net) as net from added group by invoice_id) sums
      where invoice.id = sums.invoice_id)
    select count(*)::int as lines from added`,
  )
  return one(added)?.lines ?? 0
}

/** A draft whose lines are complete. */
export type OpenDraft = { id: string; edgeId: string; buyerId: string; period: string; currency: string }

/** The next drafts of a run by id, locked. */
export const lockOpenDrafts = (tx: Tx, runId: string, after: string, limit: number) =>
  tx<OpenDraft[]>`
    select id, edge_id as "edgeId", buyer_id as "buyerId", period, currency from invoice
    where run_id = ${runId} and state = 'draft' and id > ${after}
    order by id limit ${limit} for update`

/** A document whose total is negative waits for a person. */
export const parkNegativeDrafts = (tx: Tx, runId: string) => tx`
  update invoice set state = 'parked', parked_for = 'total.negative', version = version + 1, updated_at = clock_timestamp()
  where run_id = ${runId} and state = 'draft' and total < 0`

export type DraftCounts = { invoices: number; lines: number; parked: number; issued: number }

export const countDocuments = async (tx: Tx, runId: string) =>
  one(
    await tx<DraftCounts[]>`
    select count(*)::int as invoices, coalesce(sum(lines), 0)::int as lines,
           count(*) filter (where state = 'parked')::int as parked, count(*) filter (where state = 'issued')::int as issued
    from invoice where run_id = ${runId} and state <> 'discarded'`,
  )

/**
 * Takes some drafts of a run away for good on which every line is 0.00 and may be settled, where the seller wants that now;
 * fewer than `limit` when those were the last.
 */
export const settleSome = (tx: Tx, { sellerId, runId }: RunKey, limit: number) =>
  tx<{ id: string; edgeId: string }[]>`
    update invoice set state = 'discarded', version = version + 1, updated_at = clock_timestamp()
    where id in (
      select id from invoice draft
      where run_id = ${runId} and state = 'draft' and total = 0
        and exists (select from billing_setting where org_id = ${sellerId} and zero_totals = 'settle')
        and not exists (select from invoice_line line
                        where line.invoice_id = draft.id and (line.net <> 0 or line.kind <> all (${[...settledKinds]}::text[])))
      order by id limit ${limit} for update)
    returning id, edge_id as "edgeId"`

/** Takes some drafts and parked documents of a run away for good; fewer than `limit` when those were the last. */
export const discardSome = (tx: Tx, runId: string, limit: number) =>
  tx<{ id: string; edgeId: string }[]>`
    update invoice set state = 'discarded', parked_for = null, version = version + 1, updated_at = clock_timestamp()
    where id in (select id from invoice where run_id = ${runId} and state in ('draft', 'parked')
                 order by state, id limit ${limit} for update)
    returning id, edge_id as "edgeId"`
