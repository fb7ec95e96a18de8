import type { Period } from '../../../billing/period.ts'
import { one, type Tx } from '../../../platform/db.ts'

// What must hold of a month before it is closed. Runs as the platform's tier, which sees all usage and its own edges.

/** Batches that hold records of the interval, and what became of all their records. */
export const countRecords = async (tx: Tx, from: string, until: string) =>
  one(
    await tx<Record<'batches' | 'sent' | 'accepted' | 'duplicate' | 'conflict' | 'quarantined' | 'rejected', string>[]>`
    select count(*)::text as batches, coalesce(sum(sent), 0)::text as sent, coalesce(sum(accepted), 0)::text as accepted,
           coalesce(sum(duplicate), 0)::text as duplicate, coalesce(sum(conflict), 0)::text as conflict,
           coalesce(sum(quarantined), 0)::text as quarantined, coalesce(sum(rejected), 0)::text as rejected
    from usage_batch
    where state = 'done' and first_start < ${until} and last_end >= ${from}`,
  )

/** What became of the records of the interval that nobody knew a subscription or SKU for. */
export const countHeld = async (tx: Tx, from: string, until: string) =>
  one(
    await tx<Record<'waiting' | 'accepted' | 'dismissed', string>[]>`
    select count(*) filter (where state = 'waiting')::text as waiting,
           count(*) filter (where state = 'accepted')::text as accepted,
           count(*) filter (where state = 'dismissed')::text as dismissed
    from usage_quarantine where start_at < ${until} and (end_at > ${from} or start_at >= ${from})`,
  )

/**
 * Lines of usage posted to the period against the buckets of the platform's own sale edges: each is rated for its whole
 * quantity, parked, or waits to be rated (again). A line is a subscription, a SKU and a month of service. Only sums have
 * a quantity that adds up; of the others it is looked whether they are rated. A fee that is due though nothing was used is
 * rated for 0.
 */
export const countLines = async (tx: Tx, platformId: string, period: Period) =>
  one(
    await tx<Record<'lines' | 'rated' | 'parked' | 'waiting' | 'unaccounted', string>[]>`
    with used as (
      select tenant_id, subscription_id, sku_id, to_char(day, 'YYYY-MM') as service_period, sum(sum_quantity) as quantity
      from usage_daily where posting_period = ${period} group by 1, 2, 3, 4
    ), rated as (
      select tenant_id, subscription_id, sku_id, service_period, sum(quantity) as quantity,
             bool_or(state = 'parked') as is_parked
      from rated_bucket
      where seller_id = ${platformId} and see_platform_id = ${platformId} and buyer_id <> ${platformId}
        and period = ${period} and kind = 'usage'
      group by 1, 2, 3, 4
    ), line as (
      select tenant_id, sku_id, used.quantity as used, rated.quantity as rated, is_parked
      from used full join rated using (tenant_id, subscription_id, sku_id, service_period)
    ), judged as (
      select line.*, sku.aggregation, exists (
               select from rating_due due
               where due.seller_id = ${platformId} and due.period = ${period} and due.tenant_id = line.tenant_id) as is_waiting
      from line join sku on sku.id = line.sku_id
    )
    select count(*)::text as lines, count(*) filter (where is_waiting)::text as waiting,
           count(*) filter (where not is_waiting and is_parked)::text as parked,
           count(*) filter (where not is_waiting and not is_parked)::text as rated,
           count(*) filter (where not is_waiting and ((used is null and rated <> 0) or rated is null
             or (aggregation = 'sum' and used <> rated)))::text as unaccounted
    from judged`,
  )

/** The platform's own book: how many postings, and in how many currencies they do not add up to zero. */
export const countBook = async (tx: Tx, platformId: string) =>
  one(
    await tx<Record<'postings' | 'unbalancedCurrencies', string>[]>`
    select coalesce(sum(postings), 0)::text as postings, count(*) filter (where balance <> 0)::text as "unbalancedCurrencies"
    from (select count(*) as postings, sum(amount) as balance from posting
          where book_id = ${platformId} and see_platform_id = ${platformId} group by currency) book`,
  )
