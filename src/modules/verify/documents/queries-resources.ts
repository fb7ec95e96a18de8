import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import type { SpanningEvent } from '../usage/spreading.ts'

/** A record of a resource, with the line that it has a share of: what was posted to a month on some days. */
export type SharedRecord = SpanningEvent & {
  invoiceId: string
  line: number
  resource: string
  linePosting: string
  from: string
  to: string
}

const shared = (tx: Tx, invoiceIds: readonly string[]) => tx`
  select distinct line.invoice_id, line.line, line.tenant_id, line.subscription_id, line.sku_id, line.region_id, discount.resource,
         invoice.period as posting, line.service_start, line.service_end, line.seller_id, invoice.edge_id, line.service_period
  from invoice
  join invoice_line line on line.invoice_id = invoice.id and line.kind in ('usage', 'late')
  join discount_use used on used.invoice_id = invoice.id
  join discount on discount.id = used.discount_id and discount.scope = 'resource'
    and discount.subscription_id = line.subscription_id and discount.sku_id = line.sku_id
  join sku on sku.id = line.sku_id and sku.aggregation = 'sum'
  where invoice.id = any (${[...invoiceIds]}::uuid[])`

const instant = (tx: Tx, column: 'start_at' | 'end_at') => tx`
  to_char(${tx(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/**
 * Every record of the resources that discounts of some documents name, beside the line of whose days it has one: in the
 * region of the line, or in one that has no bucket of its own where the line is everybody's.
 */
export const listShared = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<SharedRecord[]>`
    select line.invoice_id as "invoiceId", line.line, line.resource, line.posting as "linePosting", line.service_start as "from",
           line.service_end as "to", event.tenant_id as "tenantId", event.key, event.subscription_id as "subscriptionId",
           event.sku_id as "skuId", 'sum' as aggregation, event.region_id as "regionId", ${instant(tx, 'start_at')} as start,
           ${instant(tx, 'end_at')} as "end", trim_scale(event.quantity)::text as quantity, event.posting_period as posting,
           (extract(epoch from batch.finished_at) * 1000000)::bigint::text as "finishedAtMicros"
    from (${shared(tx, invoiceIds)}) line
    join usage_event event on event.tenant_id = line.tenant_id and event.subscription_id = line.subscription_id
      and event.sku_id = line.sku_id and event.resource = line.resource
      and event.start_at < line.service_end::timestamp at time zone 'UTC'
      and greatest(event.end_at, event.start_at + interval '1 microsecond') > line.service_start::timestamp at time zone 'UTC'
    left join usage_batch batch on batch.id = event.batch_id
    where case when line.region_id <> ${nilId} then event.region_id = line.region_id
          else not exists (
            select from rated_bucket own
            where own.seller_id = line.seller_id and own.period = line.posting and own.edge_id = line.edge_id
              and own.tenant_id = line.tenant_id and own.subscription_id = line.subscription_id and own.sku_id = line.sku_id
              and own.service_period = line.service_period and own.kind = 'usage' and own.region_id = event.region_id) end
    order by line.invoice_id, line.line, line.resource, event.start_at, event.key`
