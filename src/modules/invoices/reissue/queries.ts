import type { Json } from '../../../billing/canonical.ts'
import { one, type Tx } from '../../../platform/db.ts'
import type { OpenDraft } from '../drafts/queries.ts'

// A document in place of another one is written by the seller's money duties: it runs as weir_seller.

/** Why an own document can't be issued anew, or null. */
export const findObstacle = async (tx: Tx, sellerId: string, invoiceId: string) =>
  one(
    await tx<{ obstacle: 'reissued' | 'freed' | null }[]>`
    select case
      when exists (select from invoice later where later.amends = invoice.id and later.type = 'invoice' and later.correction_id is null
          and later.state <> 'discarded')
        then 'reissued'
      when exists (
        select from invoice note join invoice_line credit on credit.invoice_id = note.id
        where note.amends = invoice.id and note.state = 'issued' and credit.details->'freed' is not null)
        or exists (
        select from invoice_line line
        join invoice_line given on given.subscription_id = line.subscription_id and given.sku_id = line.sku_id
          and given.seller_id = line.seller_id and given.kind = 'credit' and given.details->>'chargedOn' = line.invoice_id::text
        join invoice later on later.id = given.invoice_id and later.type = 'invoice' and later.state <> 'discarded'
        where line.invoice_id = invoice.id and line.kind = 'recurring')
        then 'freed' end as obstacle
    from invoice where id = ${invoiceId} and seller_id = ${sellerId}`,
  )?.obstacle ?? null

/**
 * The lines of the amended document on the new one, under their numbers. A corrected line says what it was and has no
 * discounts of its own any more.
 */
export const insertLines = (
  tx: Tx,
  sellerId: string,
  document: { id: string; invoiceId: string },
  corrections: readonly { readonly line: number; readonly net: string }[],
) => tx`
  with corrected as (
    select * from unnest(${corrections.map(({ line }) => line)}::int[], ${corrections.map(({ net }) => net)}::numeric[])
      as corrected (line, net))
  insert into invoice_line (
    invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start, service_end, quantity,
    quantity_before, unrounded, net, price_rate_id, fx_rate_id, amends_line, details, seller_id,
    see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select ${document.id}, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start, service_end,
         quantity, quantity_before, coalesce(corrected.net, unrounded), coalesce(corrected.net, line.net), price_rate_id, fx_rate_id,
         amends_line,
         case when corrected.net is null then details
              else coalesce(details, '{}') || jsonb_build_object('corrected', jsonb_build_object(
                'from', coalesce(details->'corrected'->>'from', trim_scale(unrounded)::text),
                'to', trim_scale(corrected.net)::text)) end,
         seller_id, see_platform_id, see_distributor_id, see_partner_id, see_tenant_id
  from invoice_line line left join corrected using (line)
  where line.invoice_id = ${document.invoiceId} and line.seller_id = ${sellerId}
    and (line.kind <> 'discount' or line.amends_line not in (select corrected.line from corrected))`

/**
 * What the document in place of another one uses of each discount on it, beyond what that one and those before it use by now,
 * their notes counted in: below zero where less is off it.
 */
export const listUses = (tx: Tx, { id, invoiceId }: { readonly id: string; readonly invoiceId: string }) =>
  tx<{ discountId: string; amount: string }[]>`
    with recursive replaced (id) as (
      select ${invoiceId}::uuid
      union select invoice.amends from replaced join invoice on invoice.id = replaced.id
      where invoice.amends is not null and invoice.type = 'invoice' and invoice.correction_id is null
    ), before as (
      select discount_id, sum(discount_use.amount - given_up) as amount
      from discount_use join invoice paper on paper.id = discount_use.invoice_id and paper.state = 'issued'
      where paper.id in (select id from replaced) or (paper.type = 'credit_note' and paper.amends in (select id from replaced))
      group by discount_id
    ), now as (
      select (details->>'discountId')::uuid as discount_id, -sum(net) as amount
      from invoice_line where invoice_id = ${id} and kind = 'discount' group by 1)
    select discount_id as "discountId", (coalesce(now.amount, 0) - coalesce(before.amount, 0))::text as amount
    from now full join before using (discount_id)
    where coalesce(now.amount, 0) <> coalesce(before.amount, 0) order by 1`

/** The draft as what taxes it wants it. */
export const findDraft = async (tx: Tx, id: string) =>
  one(
    await tx<(OpenDraft & { parkedFor: string | null })[]>`
    select id, edge_id as "edgeId", buyer_id as "buyerId", period, currency, parked_for as "parkedFor"
    from invoice where id = ${id}`,
  )

/** A line that charges what was too little of another one, or of none. `details` says what is right and what was billed. */
export type ChargedDifference = {
  readonly kind: string
  readonly subscriptionId: string
  readonly tenantId: string
  readonly skuId: string
  readonly servicePeriod: string
  readonly regionId: string
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly quantity: string
  readonly quantityBefore: string
  readonly net: string
  readonly rateId: string
  readonly fxRateId: string | null
  readonly details: Readonly<Record<string, Json>>
}

/** The lines of a draft that charges differences, in their order. */
export const insertDifferences = (tx: Tx, id: string, lines: readonly ChargedDifference[]) => tx`
  insert into invoice_line (
    invoice_id, line, kind, subscription_id, tenant_id, sku_id, service_period, region_id, service_start, service_end, quantity,
    quantity_before, unrounded, net, price_rate_id, fx_rate_id, details, seller_id,
    see_platform_id, see_distributor_id, see_partner_id, see_tenant_id)
  select draft.id, row_number() over (order by made.ordinality), said.kind, said."subscriptionId", said."tenantId", said."skuId",
         said."servicePeriod", said."regionId", said."serviceStart", said."serviceEnd", said.quantity, said."quantityBefore",
         said.net, said.net, said."rateId", said."fxRateId", said.details, draft.seller_id,
         draft.see_platform_id, draft.see_distributor_id, draft.see_partner_id, draft.see_tenant_id
  from jsonb_array_elements(${tx.json(lines)}) with ordinality as made (line, ordinality)
  cross join lateral jsonb_to_record(made.line) as said (
    kind text, "subscriptionId" uuid, "tenantId" uuid, "skuId" uuid, "servicePeriod" text, "regionId" uuid, "serviceStart" date,
    "serviceEnd" date, quantity numeric, "quantityBefore" numeric, net numeric, "rateId" uuid, "fxRateId" uuid, details jsonb)
  join invoice draft on draft.id = ${id}`
