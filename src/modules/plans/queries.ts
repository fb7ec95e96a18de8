import type { Actor } from '../../platform/context.ts'
import { lineOf } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type { StoredItem } from './items.ts'
import type { Plan, PlanFilters } from './model.ts'

export type PlanRow = Plan & { version: number }

/** A version's items stand in the order of their SKUs' codes, in every answer. */
const columns = (tx: Tx) => tx`
  plan.id, plan.owner_id as "ownerId", plan.code, plan.name, plan.version,
  plan.created_at as "createdAt", plan.updated_at as "updatedAt",
  (select coalesce(json_agg(json_build_object(
      'id', v.id, 'number', v.number, 'state', v.state,
      'publishedAt', to_char(v.published_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'createdAt', to_char(v.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'items', (select coalesce(json_agg(json_strip_nulls(json_build_object(
                    'skuId', sku.id, 'sku', sku.code, 'kind', plan_item.kind, 'timing', plan_item.timing,
                    'interval', plan_item.charge_interval, 'anchor', plan_item.anchor, 'proration', plan_item.proration,
                    'quantityBasis', plan_item.quantity_basis)) order by sku.code), '[]')
                from plan_item join sku on sku.id = plan_item.sku_id where plan_item.plan_version_id = v.id))
    order by v.number desc), '[]')
   from plan_version v where v.plan_id = plan.id) as versions`

/** What row level security says too: plans of the own line; the platform sees them all. */
const isReadable = (tx: Tx, actor: Actor) =>
  actor.level === 'platform' ? tx`true` : tx`plan.owner_id = any (${lineOf(actor)}::uuid[])`

export const listPlans = (tx: Tx, actor: Actor, filters: PlanFilters, page: PageRequest) =>
  tx<PlanRow[]>`
    select ${columns(tx)} from plan
    where ${isReadable(tx, actor)}
      ${filters.code === undefined ? tx`` : tx`and plan.code = ${filters.code}`}
      ${filters.ownerId === undefined ? tx`` : tx`and plan.owner_id = ${filters.ownerId}`}
      ${page.after ? tx`and plan.id < ${page.after}` : tx``}
    order by plan.id desc limit ${onePast(tx, page)}`

export const findPlan = async (tx: Tx, actor: Actor, id: string) =>
  one(await tx<PlanRow[]>`select ${columns(tx)} from plan where plan.id = ${id} and ${isReadable(tx, actor)}`)

/** Locks an own plan against every other change of it; undefined for one that is foreign or absent. */
export const lockOwnPlan = async (tx: Tx, ownerId: string, id: string) =>
  one(await tx<{ id: string }[]>`select id from plan where id = ${id} and owner_id = ${ownerId} for update`)

/** Undefined when the owner uses the code already. */
export const insertPlan = async (tx: Tx, plan: { ownerId: string; code: string; name: string }) =>
  one(
    await tx<{ id: string }[]>`
      insert into plan (id, owner_id, code, name) values (${newId()}, ${plan.ownerId}, ${plan.code}, ${plan.name})
      on conflict on constraint plan_code_per_owner do nothing
      returning id`,
  )?.id

/** Adds the next version, a draft; the plan is locked. */
export const insertVersion = async (tx: Tx, ownerId: string, planId: string) =>
  one(
    await tx<{ id: string }[]>`
      insert into plan_version (id, plan_id, owner_id, number)
      select ${newId()}, ${planId}, ${ownerId}, coalesce(max(number), 0) + 1 from plan_version where plan_id = ${planId}
      returning id`,
  )?.id

export const deleteItems = (tx: Tx, versionId: string) => tx`delete from plan_item where plan_version_id = ${versionId}`

export const insertItems = (tx: Tx, ownerId: string, versionId: string, items: readonly StoredItem[]) => tx`
  insert into plan_item (plan_version_id, owner_id, sku_id, kind, timing, charge_interval, anchor, proration, quantity_basis)
  select ${versionId}, ${ownerId}, given.*
  from unnest(
    ${items.map((item) => item.skuId)}::uuid[], ${items.map((item) => item.kind)}::text[],
    ${items.map((item) => item.timing ?? null)}::text[], ${items.map((item) => item.interval ?? null)}::text[],
    ${items.map((item) => item.anchor ?? null)}::text[], ${items.map((item) => item.proration ?? null)}::text[],
    ${items.map((item) => item.quantityBasis ?? null)}::text[]) as given`

export const publishVersion = (tx: Tx, versionId: string) => tx`
  update plan_version set state = 'published', published_at = clock_timestamp() where id = ${versionId}`

export const retireVersion = (tx: Tx, versionId: string) => tx`
  update plan_version set state = 'retired' where id = ${versionId}`

export const touchPlan = (tx: Tx, id: string) =>
  tx`update plan set version = version + 1, updated_at = clock_timestamp() where id = ${id}`
