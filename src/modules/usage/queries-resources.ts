import type { PostedMonth } from '../../billing/posting.ts'
import { inBranch } from '../../platform/branch.ts'
import type { Branch } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { nilId } from '../../platform/ids.ts'

/**
 * Some days of one subscription and SKU, as a line bills them: what was posted to a period, in one region or, nil, in all but
 * those of `otherRegionIds`.
 */
export type ResourceLine = {
  readonly tenantId: string
  readonly subscriptionId: string
  readonly skuId: string
  readonly resource: string
  readonly posting: string
  readonly from: string
  readonly to: string
  readonly regionId: string
  readonly otherRegionIds: readonly string[]
}

const linesOf = (tx: Tx, lines: readonly ResourceLine[]) => tx`
  unnest(${lines.map((one) => one.tenantId)}::uuid[], ${lines.map((one) => one.subscriptionId)}::uuid[],
         ${lines.map((one) => one.skuId)}::uuid[], ${lines.map((one) => one.resource)}::text[],
         ${lines.map((one) => one.posting)}::text[], ${lines.map((one) => one.from)}::date[], ${lines.map((one) => one.to)}::date[],
         ${lines.map((one) => one.regionId)}::uuid[], ${lines.map((one) => one.otherRegionIds.join(' '))}::text[])
    with ordinality as line (tenant_id, subscription_id, sku_id, resource, posting, first_day, end_day, region_id, others, place)`

/** The events of a line's resource, wherever they are posted and however long they last. */
const isOfLine = (tx: Tx, viewer: Branch) => tx`
  usage.tenant_id = line.tenant_id and usage.subscription_id = line.subscription_id and usage.sku_id = line.sku_id
  and usage.resource = line.resource
  and case line.region_id when ${nilId} then not usage.region_id::text = any (string_to_array(line.others, ' '))
        else usage.region_id = line.region_id end
  and ${inBranch(tx, viewer, 'usage')}`

const isOfOneDay = (tx: Tx) => tx`
  end_at <= (date_trunc('day', start_at at time zone 'UTC') + interval '1 day') at time zone 'UTC'`

/** What the resource of each line used in records that lie within one day; lines without any are left out. Places begin at 1. */
export const listWithinDays = (tx: Tx, viewer: Branch, lines: readonly ResourceLine[]) =>
  tx<{ place: number; quantity: string }[]>`
    select place::int as place, used.quantity::text as quantity
    from ${linesOf(tx, lines)}
    cross join lateral (
      select sum(quantity) as quantity from usage_event usage
      where ${isOfLine(tx, viewer)} and usage.posting_period = line.posting and ${isOfOneDay(tx)}
        and start_at >= first_day::timestamp at time zone 'UTC' and start_at < end_day::timestamp at time zone 'UTC') used
    where used.quantity is not null`

/** A record that lasts over midnight UTC and touches the days of a line. */
export type LongRow = { place: number; start: string; end: string; quantity: string; posting: string; batchId: string }

const monthOf = (tx: Tx, column: 'start_at' | 'end_at') => tx`date_trunc('month', ${tx(column)} at time zone 'UTC')`

const longColumns = (tx: Tx) => tx`
  to_char(start_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as start,
  to_char(end_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "end", trim_scale(quantity)::text as quantity,
  posting_period as posting, batch_id as "batchId"`

/** The records that last over midnight: those that begin in the line's month, and the few that last into it. */
export const listLong = (tx: Tx, viewer: Branch, lines: readonly ResourceLine[]) =>
  tx<LongRow[]>`
    select place::int as place, long.*
    from ${linesOf(tx, lines)}
    cross join lateral (
      select ${longColumns(tx)} from usage_event usage
      where ${isOfLine(tx, viewer)} and not (${isOfOneDay(tx)})
        and start_at >= date_trunc('month', first_day::timestamp) at time zone 'UTC'
        and start_at < end_day::timestamp at time zone 'UTC' and end_at > first_day::timestamp at time zone 'UTC'
      union all
      select ${longColumns(tx)} from usage_event usage
      where ${isOfLine(tx, viewer)} and ${monthOf(tx, 'start_at')} < ${monthOf(tx, 'end_at')}
        and start_at < date_trunc('month', first_day::timestamp) at time zone 'UTC'
        and end_at > first_day::timestamp at time zone 'UTC') long`

/** When some batches were done; those that are not are null. Runs as weir_seller. */
export const listFinished = (tx: Tx, batchIds: readonly string[]) =>
  tx<{ id: string; finishedAtMicros: string | null }[]>`
    select id, (extract(epoch from finished_at) * 1000000)::bigint::text as "finishedAtMicros"
    from usage_batch where id = any (${[...batchIds]}::uuid[])`

/** Every month that usage was posted to. */
export const listMonths = (tx: Tx) =>
  tx<PostedMonth[]>`
    select period, spanning, (extract(epoch from closed_at) * 1000000)::bigint::text as "closedAtMicros" from billing_period`
