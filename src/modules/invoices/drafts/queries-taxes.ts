import type { DocumentTax, TaxCategory } from '../../../billing/tax.ts'
import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'

// Drafts are taxed by their seller's money duties: all but the last functions run as weir_seller.

/** The lines of one draft for one SKU and month of service, added up. */
export type LineGroup = { invoiceId: string; skuId: string; servicePeriod: string; net: string }

export const listGroups = (tx: Tx, invoiceIds: readonly string[]) =>
  tx<LineGroup[]>`
    select invoice_id as "invoiceId", sku_id as "skuId", service_period as "servicePeriod", sum(net)::text as net
    from invoice_line where invoice_id = any (${[...invoiceIds]}::uuid[])
    group by invoice_id, sku_id, service_period`

/** What the lines of a group are taxed as. */
export type LineMark = Omit<LineGroup, 'net'> & { readonly category: TaxCategory; readonly rateIds: readonly string[] }

export const markLines = (tx: Tx, marks: readonly LineMark[]) => tx`
  update invoice_line line set tax_category = mark.category, tax_rate_ids = mark.rate_ids::uuid[]
  from unnest(${marks.map((mark) => mark.invoiceId)}::uuid[], ${marks.map((mark) => mark.skuId)}::uuid[],
              ${marks.map((mark) => mark.servicePeriod)}::text[], ${marks.map((mark) => mark.category)}::text[],
              ${marks.map((mark) => `{${mark.rateIds.join(',')}}`)}::text[])
    as mark (invoice_id, sku_id, service_period, category, rate_ids)
  where line.invoice_id = mark.invoice_id and line.sku_id = mark.sku_id and line.service_period = mark.service_period`

export const parkDrafts = (tx: Tx, drafts: readonly { id: string; reason: string }[]) => tx`
  update invoice set state = 'parked', parked_for = obstacle.reason, version = version + 1, updated_at = clock_timestamp()
  from unnest(${drafts.map(({ id }) => id)}::uuid[], ${drafts.map(({ reason }) => reason)}::text[]) as obstacle (id, reason)
  where invoice.id = obstacle.id and state = 'draft'`

/** Taxes in the order in which they are given, numbered per document. */
export const insertTaxes = (tx: Tx, taxes: readonly (DocumentTax & { readonly id: string })[]) => tx`
  insert into invoice_tax (invoice_id, position, category, name, percent, base, amount, reason, seller_id,
                           see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select invoice.id, row_number() over (partition by invoice.id order by tax.ordinality), tax.category, tax.name, tax.percent, tax.base,
         tax.amount, tax.reason, seller_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from unnest(${taxes.map((one) => one.id)}::uuid[], ${taxes.map((one) => one.category)}::text[],
              ${taxes.map((one) => one.name)}::text[], ${taxes.map((one) => one.percent)}::numeric[],
              ${taxes.map((one) => one.base)}::numeric[], ${taxes.map((one) => one.amount)}::numeric[],
              ${taxes.map((one) => one.reason)}::text[])
    with ordinality as tax (invoice_id, category, name, percent, base, amount, reason, ordinality)
  join invoice on invoice.id = tax.invoice_id`

export const totalUp = (tx: Tx, invoiceIds: readonly string[]) => tx`
  update invoice set is_taxed = true, tax = sums.tax, total = net + sums.tax, updated_at = clock_timestamp()
  from (
    select wanted.id, coalesce(sum(amount), 0) as tax
    from unnest(${[...invoiceIds]}::uuid[]) as wanted (id) left join invoice_tax on invoice_id = wanted.id
    group by wanted.id) sums
  where invoice.id = sums.id`

/** The lines that a tax is on, by month of service, and the rate that it is. */
export type TaxPart = {
  category: string
  servicePeriod: string
  rateIds: string[]
  lines: number
  net: string
}

/** How the lines of a document in sight are taxed. */
export const listParts = (tx: Tx, viewer: Actor, invoiceId: string) =>
  tx<TaxPart[]>`
    select tax_category as category, service_period as "servicePeriod", tax_rate_ids::text[] as "rateIds",
           count(*)::int as lines, sum(net)::text as net
    from invoice_line
    where invoice_id = ${invoiceId} and ${tx(`see_${viewer.level}_id`)} = ${viewer.organizationId} and tax_category is not null
      and tax_rate_ids is not null
    group by 1, 2, 3 order by 2, 1, 3`

export type UsedRate = {
  id: string
  category: string
  country: string
  code: string
  name: string
  percent: string
  validFrom: string
  validTo: string | null
}

/** The rates that lines in sight were taxed at. Runs as the seller whose rates they are. */
export const listRates = (tx: Tx, sellerId: string, ids: readonly string[]) =>
  tx<UsedRate[]>`
    select id, category, country, code, name, trim_scale(percent)::text as percent, lower(valid) as "validFrom", upper(valid) as "validTo"
    from tax_rate where org_id = ${sellerId} and id = any (${[...ids]}::uuid[])`
