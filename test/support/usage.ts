import type postgres from 'postgres'
import { newId } from '../../src/platform/ids.ts'
import type { Answer, CallOptions } from './api.ts'
import { until } from './until.ts'
import type { WorldApi } from './world.ts'

/** A record as a sender writes it. */
type SentRecord = Record<string, unknown>

/** A sound record of September 2024 with what the test changes. */
export const usageRecord = (id: string, change: SentRecord = {}): SentRecord => ({
  id,
  subscription: 'sub-1',
  sku: 'vm.hours',
  start: '2024-09-10T10:00:00Z',
  end: '2024-09-10T11:00:00Z',
  quantity: '1.5',
  ...change,
})

/** What usage needs around it, made by the administrator: tenants, regions, SKUs, and subscriptions with their names. */
export async function usageWorld(api: WorldApi, sql: postgres.Sql) {
  const { call } = api
  const token = await api.signIn()
  const planVersionId = await insertPlan(sql)

  const made = async (path: string, body: SentRecord): Promise<any> => {
    const answer = await call('POST', `/api/v1/${path}`, { token, body })
    if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const tenant = (change: SentRecord = {}): Promise<{ id: string }> => made('tenants', { name: 'Tenant', ...change })
  const region = (code: string, change: SentRecord = {}): Promise<{ id: string; code: string }> =>
    made('regions', { code, name: code, timeZone: 'Europe/Berlin', ...change })
  const sku = async (
    code: string,
    change: { unit?: string; aggregation?: string; uniqueBy?: string } = {},
  ): Promise<string> => {
    const id = newId()
    await sql`
      insert into sku (id, code, name, unit, aggregation, counts_by)
      values (${id}, ${code}, ${code}, ${change.unit ?? 'hour'}, ${change.aggregation ?? 'sum'}, ${change.uniqueBy ?? null})`
    return id
  }
  /** Registers what the region calls it where that is given. */
  const subscription = async (
    tenantId: string,
    names: { region: string; externalId: string }[],
    dates: { start?: string; end?: string } = {},
  ): Promise<string> => {
    const id = newId()
    await sql`
      insert into subscription (id, tenant_id, partner_id, distributor_id, name, plan_version_id, start_date, end_date)
      select ${id}, tenant.id, tenant.partner_id, tenant.distributor_id, 'Subscription', ${planVersionId},
             ${dates.start ?? '2020-01-01'}, ${dates.end ?? null}
      from organization tenant where tenant.id = ${tenantId}`
    await sql`
      insert into subscription_alias (subscription_id, tenant_id, partner_id, distributor_id, region_id, external_id)
      select ${id}, tenant.id, tenant.partner_id, tenant.distributor_id, region.id, named.external_id
      from unnest(${names.map((name) => name.region)}::text[], ${names.map((name) => name.externalId)}::text[])
        as named (region, external_id)
      join region on region.code = named.region, organization tenant where tenant.id = ${tenantId}`
    return id
  }
  const post = (region: string, records: unknown, options: CallOptions & { query?: string } = {}): Promise<Answer> =>
    call('POST', `/api/v1/usage?region=${encodeURIComponent(region)}${options.query ?? ''}`, {
      token,
      body: records,
      ...options,
    })
  const receipt = async (batchId: string): Promise<any> =>
    (await call('GET', `/api/v1/usage/batches/${batchId}`, { token })).body
  /** Posts, waits until the batch is taken in and answers its receipt. */
  const settle = async (region: string, records: unknown, options: CallOptions & { query?: string } = {}) => {
    const answer = await post(region, records, options)
    if (answer.status !== 202) throw new Error(`POST usage answered ${answer.status} ${JSON.stringify(answer.body)}`)
    return settled(answer.body.batchId)
  }
  const settled = (batchId: string): Promise<any> =>
    until(async () => {
      const found = await receipt(batchId)
      return found.state === 'done' ? found : undefined
    }, 30_000)
  return { token, planVersionId, tenant, region, sku, subscription, post, receipt, settle, settled }
}

/** Says what a region calls a subscription. */
export const alias = (sql: postgres.Sql, subscriptionId: string, region: string, externalId: string) => sql`
  insert into subscription_alias (subscription_id, tenant_id, partner_id, distributor_id, region_id, external_id)
  select subscription.id, tenant_id, partner_id, distributor_id, region.id, ${externalId}
  from subscription, region where subscription.id = ${subscriptionId} and region.code = ${region}`

async function insertPlan(sql: postgres.Sql): Promise<string> {
  const [planId, versionId] = [newId(), newId()]
  await sql`
    with owner as (select id from organization where level = 'platform'),
    made as (insert into plan (id, owner_id, code, name) select ${planId}, id, 'plan', 'Plan' from owner returning id, owner_id)
    insert into plan_version (id, plan_id, owner_id, number, state, published_at)
    select ${versionId}, id, owner_id, 1, 'published', now() from made`
  return versionId
}
