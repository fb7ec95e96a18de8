import type { TaxCategory } from '../../../billing/tax.ts'
import { one, type Tx } from '../../../platform/db.ts'

/** Invoices with tax on them, or that were taxed at 0. Credit notes say the tax of what they amend. */
const isTaxed = (tx: Tx) => tx`type = 'invoice' and state <> 'discarded' and (is_taxed or tax <> 0)`

export const countDocuments = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from invoice where ${isTaxed(tx)}`)?.count ?? 0

export type RateRow = { id: string; sellerId: string; category: TaxCategory; name: string; percent: string }

export const listRates = (tx: Tx) =>
  tx<RateRow[]>`
    select id, org_id as "sellerId", category, name, trim_scale(percent)::text as percent from tax_rate`

export type TaxedDocument = {
  id: string
  sellerId: string
  currency: string
  tax: string
  taxes: { category: string; name: string; percent: string; base: string; amount: string }[]
}

export const listTaxed = (tx: Tx, after: string, limit: number) =>
  tx<TaxedDocument[]>`
    select id, seller_id as "sellerId", currency, tax::text,
           (select coalesce(jsonb_agg(jsonb_build_object(
              'category', category, 'name', name, 'percent', trim_scale(percent)::text, 'base', base::text,
              'amount', amount::text)), '[]') from invoice_tax where invoice_id = invoice.id) as taxes
    from invoice where ${isTaxed(tx)} and id > ${after} order by id limit ${limit}`

export type TaxedPart = { invoiceId: string; category: string | null; rateIds: string[] | null; net: string }

export const listParts = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<TaxedPart[]>`
    select invoice_id as "invoiceId", tax_category as category, tax_rate_ids::text[] as "rateIds", sum(net)::text as net
    from invoice_line where invoice_id = any (${[...invoiceIds]}::uuid[])
    group by 1, 2, 3`
