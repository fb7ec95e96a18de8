import type postgres from 'postgres'
import { nilId } from '../src/platform/ids.ts'
import type { BenchHouse } from './house.ts'
import { columnsOf, recordsOf, type UsagePlan } from './usage-data.ts'

// What no implementation can avoid: the rows of the records go into their three tables, once, with row level security on.

type BareInsert = { readonly records: number; readonly seconds: number }

/**
 * Inserts records in batches by one writer as weir_ingest, one statement and one transaction each: keys, events and daily
 * sums, without names to look up, receipts or anything that another process must hear. Only the statements are timed.
 */
export async function insertBare(
  { sql, platformId, signal }: Pick<BenchHouse, 'sql' | 'platformId' | 'signal'>,
  plan: UsagePlan,
  wanted: { readonly first: number; readonly count: number; readonly batch: number; readonly regionId: string },
): Promise<BareInsert> {
  let milliseconds = 0
  for (let done = 0; done < wanted.count; done += wanted.batch) {
    signal.throwIfAborted()
    const records = recordsOf(plan, wanted.first + done, wanted.batch)
    const columns = columnsOf(records, plan, wanted.regionId)
    const startedAt = performance.now()
    await sql.begin(async (tx) => {
      await tx`
        select set_config('role', 'weir_ingest', true), set_config('app.org', ${platformId}, true),
               set_config('plan_cache_mode', 'force_custom_plan', true)`
      await insertBatch(tx, columns, wanted.regionId)
    })
    milliseconds += performance.now() - startedAt
  }
  return { records: wanted.count, seconds: milliseconds / 1000 }
}

const insertBatch = (tx: postgres.TransactionSql, columns: ReturnType<typeof columnsOf>, regionId: string) => tx`
  with sent as materialized (
    select * from unnest(
      ${columns.tenants}::uuid[], ${columns.subscriptions}::uuid[], ${columns.skus}::uuid[], ${columns.keys}::uuid[],
      ${columns.hashes}::uuid[], ${columns.ids}::text[], ${columns.starts}::timestamptz[], ${columns.ends}::timestamptz[],
      ${columns.quantities}::numeric[], ${columns.resources}::text[]
    ) as sent (tenant_id, subscription_id, sku_id, key, hash, record_id, start_at, end_at, quantity, resource)
  ), keys as (
    insert into usage_key (tenant_id, key, hash)
    select tenant_id, key, hash from sent order by tenant_id, key
    on conflict do nothing
  ), events as (
    insert into usage_event (tenant_id, key, subscription_id, distributor_id, partner_id, sku_id, region_id, record_id,
                             start_at, end_at, quantity, resource, batch_id, posting_period)
    select tenant_id, key, subscription_id, ${nilId}::uuid, ${nilId}::uuid, sku_id, ${regionId}::uuid, record_id, start_at,
           end_at, quantity, resource, ${nilId}::uuid, to_char(start_at, 'YYYY-MM')
    from sent
  )
  insert into usage_daily as daily (tenant_id, subscription_id, sku_id, region_id, day, posting_period, partner_id,
                                    distributor_id, sum_quantity, max_quantity, last_quantity, last_at, records)
  select tenant_id, subscription_id, sku_id, ${regionId}::uuid, start_at::date, to_char(start_at, 'YYYY-MM'), ${nilId}::uuid,
         ${nilId}::uuid, sum(quantity), max(quantity), (array_agg(quantity order by start_at desc))[1], max(start_at), count(*)
  from sent group by tenant_id, subscription_id, sku_id, start_at::date, to_char(start_at, 'YYYY-MM')
  order by tenant_id, subscription_id, sku_id, start_at::date
  on conflict on constraint usage_daily_key do update
  set sum_quantity = daily.sum_quantity + excluded.sum_quantity,
      max_quantity = greatest(daily.max_quantity, excluded.max_quantity),
      last_quantity = excluded.last_quantity, last_at = excluded.last_at, records = daily.records + excluded.records`
