import type { TaxExemption, TaxProfile, TaxRate } from '../../billing/tax.ts'
import { one, type Tx } from '../../platform/db.ts'

// What taxing drafts reads. Everything here runs as weir_seller.

export const findProfile = async (tx: Tx, sellerId: string) =>
  one(await tx<TaxProfile[]>`select country, place, rules from tax_profile where org_id = ${sellerId}`)

export const listRates = (tx: Tx, sellerId: string) =>
  tx<TaxRate[]>`
    select id, country, code, name, category, trim_scale(percent)::text as percent, reason, lower(valid) as "validFrom",
           upper(valid) as "validTo"
    from tax_rate where org_id = ${sellerId}`

export const listCodes = (tx: Tx, sellerId: string) =>
  tx<{ skuId: string; code: string }[]>`select sku_id as "skuId", code from tax_sku where org_id = ${sellerId}`

export const listBuyers = (tx: Tx, buyerIds: readonly string[]) =>
  tx<{ buyerId: string; country: string; hasTaxId: boolean }[]>`
    select org_id as "buyerId", country, has_tax_id as "hasTaxId"
    from tax_identity where org_id = any (${[...buyerIds]}::uuid[])`

export const listExemptions = (tx: Tx, sellerId: string, buyerIds: readonly string[]) =>
  tx<(TaxExemption & { buyerId: string })[]>`
    select buyer_id as "buyerId", category, reason, lower(valid) as "validFrom", upper(valid) as "validTo"
    from tax_exemption where org_id = ${sellerId} and buyer_id = any (${[...buyerIds]}::uuid[])`
