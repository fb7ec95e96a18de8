import { inBranch } from '../../platform/branch.ts'
import type { Actor, Branch } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import { onePast, type PageRequest } from '../../platform/page.ts'
import type * as model from './model.ts'

// The tables of one seller are its own: `org_id` is the acting organization. Identities are a branch's.

type IdentityRow = Pick<model.TaxIdentity, 'organizationId' | 'country' | 'updatedAt'> & {
  details: Pick<model.TaxIdentity, 'legalName' | 'addressLines' | 'taxIds'>
}

export const findIdentity = async (tx: Tx, actor: Branch, organizationId: string) =>
  one(
    await tx<IdentityRow[]>`
      select org_id as "organizationId", country, details, updated_at as "updatedAt"
      from tax_identity where org_id = ${organizationId} and ${inBranch(tx, actor, 'tax_identity')}`,
  )

/** Undefined when the organization is not in the branch. */
export const upsertIdentity = async (tx: Tx, actor: Branch, organizationId: string, identity: model.NewTaxIdentity) => {
  const { country, ...details } = identity
  return one(
    await tx<{ id: string }[]>`
      insert into tax_identity (org_id, distributor_id, partner_id, tenant_id, country, has_tax_id, details)
      select id, distributor_id, partner_id, tenant_id, ${country}, ${details.taxIds.length > 0}, ${tx.json(details)}
      from organization where id = ${organizationId} and ${inBranch(tx, actor, 'organization')}
      on conflict on constraint tax_identity_key do update
      set country = excluded.country, has_tax_id = excluded.has_tax_id, details = excluded.details, updated_at = clock_timestamp()
      returning org_id as id`,
  )
}

export const findProfile = async (tx: Tx, sellerId: string) =>
  one(
    await tx<model.TaxProfile[]>`
      select country, place, rules, updated_at as "updatedAt" from tax_profile where org_id = ${sellerId}`,
  )

export const upsertProfile = (tx: Tx, sellerId: string, profile: Omit<model.TaxProfile, 'updatedAt'>) => tx`
  insert into tax_profile (org_id, country, place, rules)
  values (${sellerId}, ${profile.country}, ${profile.place}, ${tx.json(profile.rules)})
  on conflict on constraint tax_profile_key do update
  set country = excluded.country, place = excluded.place, rules = excluded.rules, updated_at = clock_timestamp()`

const rateColumns = (tx: Tx) => tx`
  id, country, code, name, category, trim_scale(percent)::text as percent, reason, lower(valid) as "validFrom",
  upper(valid) as "validTo", created_at as "createdAt"`

type CheckedRate = Omit<model.TaxRate, 'id' | 'createdAt'>

/** True when another rate of the same name covers some of the days. */
export const hasRateOn = async (tx: Tx, sellerId: string, rate: CheckedRate): Promise<boolean> =>
  (
    await tx`
      select from tax_rate
      where org_id = ${sellerId} and country = ${rate.country} and code = ${rate.code} and name = ${rate.name}
        and valid && daterange(${rate.validFrom}, ${rate.validTo})`
  ).length > 0

export const insertRate = async (tx: Tx, sellerId: string, rate: CheckedRate) =>
  one(
    await tx<model.TaxRate[]>`
      insert into tax_rate (id, org_id, country, code, name, category, percent, reason, valid)
      values (${newId()}, ${sellerId}, ${rate.country}, ${rate.code}, ${rate.name}, ${rate.category}, ${rate.percent},
              ${rate.reason}, daterange(${rate.validFrom}, ${rate.validTo}))
      returning ${rateColumns(tx)}`,
  )

export const listRates = (tx: Tx, sellerId: string, filters: model.TaxRateFilters, page: PageRequest) =>
  tx<model.TaxRate[]>`
    select ${rateColumns(tx)} from tax_rate
    where org_id = ${sellerId}
      ${filters.country === undefined ? tx`` : tx`and country = ${filters.country}`}
      ${filters.code === undefined ? tx`` : tx`and code = ${filters.code}`}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const lockRate = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<model.TaxRate[]>`
      select ${rateColumns(tx)} from tax_rate where org_id = ${sellerId} and id = ${id} for update`,
  )

export const endRate = (tx: Tx, sellerId: string, id: string, validTo: string) => tx`
  update tax_rate set valid = daterange(lower(valid), ${validTo}) where org_id = ${sellerId} and id = ${id}`

export const upsertSkus = (tx: Tx, sellerId: string, skus: readonly { skuId: string; code: string }[]) => tx`
  insert into tax_sku (org_id, sku_id, code)
  select ${sellerId}, given.sku_id, given.code
  from unnest(${skus.map(({ skuId }) => skuId)}::uuid[], ${skus.map(({ code }) => code)}::text[]) as given (sku_id, code)
  order by given.sku_id
  on conflict on constraint tax_sku_key do update set code = excluded.code`

export const listSkus = (tx: Tx, sellerId: string, page: PageRequest) =>
  tx<model.TaxSku[]>`
    select tax_sku.sku_id as "skuId", sku.code as sku, tax_sku.code
    from tax_sku join sku on sku.id = tax_sku.sku_id
    where org_id = ${sellerId} ${page.after ? tx`and sku_id < ${page.after}` : tx``}
    order by sku_id desc limit ${onePast(tx, page)}`

const exemptionColumns = (tx: Tx) => tx`
  id, buyer_id as "buyerId", category, reason, proof, lower(valid) as "validFrom", upper(valid) as "validTo",
  created_at as "createdAt"`

export const isBuyer = async (tx: Tx, actor: Actor, buyerId: string): Promise<boolean> =>
  (
    await tx`
      select from edge
      where kind = 'sale' and seller_id = ${actor.organizationId} and buyer_id = ${buyerId}
        and ${tx(`see_${actor.level}_id`)} = ${actor.organizationId}`
  ).length > 0

type NewExemption = Omit<model.TaxExemption, 'id' | 'createdAt'>

export const hasExemptionOn = async (tx: Tx, sellerId: string, one: NewExemption): Promise<boolean> =>
  (
    await tx`
      select from tax_exemption
      where org_id = ${sellerId} and buyer_id = ${one.buyerId} and valid && daterange(${one.validFrom}, ${one.validTo})`
  ).length > 0

export const insertExemption = async (tx: Tx, sellerId: string, exemption: NewExemption) =>
  one(
    await tx<model.TaxExemption[]>`
      insert into tax_exemption (id, org_id, buyer_id, category, reason, proof, valid)
      values (${newId()}, ${sellerId}, ${exemption.buyerId}, ${exemption.category}, ${exemption.reason}, ${exemption.proof},
              daterange(${exemption.validFrom}, ${exemption.validTo}))
      returning ${exemptionColumns(tx)}`,
  )

export const listExemptions = (tx: Tx, sellerId: string, filters: model.TaxExemptionFilters, page: PageRequest) =>
  tx<model.TaxExemption[]>`
    select ${exemptionColumns(tx)} from tax_exemption
    where org_id = ${sellerId}
      ${filters.buyerId === undefined ? tx`` : tx`and buyer_id = ${filters.buyerId}`}
      ${page.after ? tx`and id < ${page.after}` : tx``}
    order by id desc limit ${onePast(tx, page)}`

export const lockExemption = async (tx: Tx, sellerId: string, id: string) =>
  one(
    await tx<model.TaxExemption[]>`
      select ${exemptionColumns(tx)} from tax_exemption where org_id = ${sellerId} and id = ${id} for update`,
  )

export const endExemption = (tx: Tx, sellerId: string, id: string, validTo: string) => tx`
  update tax_exemption set valid = daterange(lower(valid), ${validTo}) where org_id = ${sellerId} and id = ${id}`

/** Makes the changes of one seller's tax one after the other, so that none meets a half of another. */
export const lockTax = (tx: Tx, sellerId: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`tax/${sellerId}`}, 0))`
