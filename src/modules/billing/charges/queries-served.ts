import type { InstantSpan, ProrationUnit } from '../../../billing/prorate.ts'
import { one, type Tx } from '../../../platform/db.ts'

// Which seconds are billed, written in the transaction that issues. Runs as weir_seller.

/** The charges and credits on these documents. */
const charged = (tx: Tx, invoiceIds: readonly string[]) => tx`
  rated_bucket where invoice_id = any (${[...invoiceIds]}::uuid[]) and kind <> 'usage' and invoice_id is not null`

const spanOf = (tx: Tx) => tx`
  tstzrange((details->>'from')::timestamptz, (details->>'to')::timestamptz)`

/** A credit on these documents for what is not billed, if there is one. */
export const findLooseCredit = async (tx: Tx, sellerId: string, invoiceIds: readonly string[]) =>
  one(
    await tx<{ subscriptionId: string }[]>`
    select credit.subscription_id as "subscriptionId"
    from (select subscription_id, sku_id, ${spanOf(tx)} as span from ${charged(tx, invoiceIds)} and kind = 'credit') credit
    where not exists (
      select from billed_service served
      where served.seller_id = ${sellerId} and served.subscription_id = credit.subscription_id
        and served.charge_id = credit.sku_id and served.period @> credit.span)
    limit 1`,
  )

/** Takes spans (subscription, charge, kind, spans) out of what the seller has billed; what is left of a span stays as it is. */
const takeOut = (tx: Tx, sellerId: string, credited: ReturnType<typeof charged>) => tx`
  with credited as (${credited}), gone as (
    delete from billed_service served using credited
    where served.seller_id = ${sellerId} and served.subscription_id = credited.subscription_id
      and served.charge_id = credited.sku_id and served.kind = credited.kind and served.period && credited.spans
    returning served.*, tstzmultirange(served.period) - credited.spans as rest
  )
  insert into billed_service (seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, period, plan_version_id, quantity,
                              price_rate_id, fx_rate_id, tax_category, details, invoice_id)
  select seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, span, plan_version_id, quantity, price_rate_id,
         fx_rate_id, tax_category, details, invoice_id
  from gone cross join lateral unnest(gone.rest) as span`

/** Takes what these documents give back out of what is billed. */
export const shortenServices = (tx: Tx, sellerId: string, invoiceIds: readonly string[]) =>
  takeOut(
    tx,
    sellerId,
    tx`
    select subscription_id, sku_id, 'recurring' as kind, range_agg(${spanOf(tx)}) as spans
    from ${charged(tx, invoiceIds)} and kind = 'credit'
    group by subscription_id, sku_id`,
  )

/** Says that what these documents charge is billed. A second that is billed already is refused by `billed_service_once`. */
export const insertServices = (tx: Tx, invoiceIds: readonly string[]) => tx`
  insert into billed_service (seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, period, plan_version_id, quantity,
                              price_rate_id, fx_rate_id, tax_category, details, invoice_id)
  select seller_id, edge_id, tenant_id, subscription_id, sku_id, kind, ${spanOf(tx)}, plan_version_id, quantity,
         price_rate_id, fx_rate_id, tax_category, details, invoice_id
  from ${charged(tx, invoiceIds)} and kind in ('recurring', 'oneTime')
  order by subscription_id, sku_id, service_start`

/** What a line of a document still bills, of so many days or seconds that it charged. */
type ServedLine = { line: number; unit: ProrationUnit; units: number; spans: InstantSpan[] }

/** The lines of a document that bill seconds of a subscription, each with what of them was not given back, in time order. */
export const listServed = (tx: Tx, sellerId: string, invoiceId: string) =>
  tx<ServedLine[]>`
    select line.line, line.details->>'unit' as unit, (line.details->>'numerator')::int as units,
           json_agg(json_build_object('from', to_char(lower(period) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                                      'to', to_char(upper(period) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
                    order by period) as spans
    from billed_service served
    join invoice_line line on line.invoice_id = served.invoice_id and line.subscription_id = served.subscription_id
      and line.sku_id = served.charge_id and line.kind = served.kind and served.period <@ ${lineSpan(tx)}
    where served.invoice_id = ${invoiceId} and served.seller_id = ${sellerId}
    group by line.line, line.details order by line.line`

const lineSpan = (tx: Tx) => tx`
  tstzrange((line.details->>'from')::timestamptz, (line.details->>'to')::timestamptz)`

/** The spans that the lines of a credit note free, each with the kind of the charge it is of. */
const freedBy = (tx: Tx, noteId: string) => tx`
  select credit.subscription_id, credit.sku_id, line.kind, note.amends as invoice_id,
         tstzrange((freed->>'from')::timestamptz, (freed->>'to')::timestamptz) as span
  from invoice note
  join invoice_line credit on credit.invoice_id = note.id
  join invoice_line line on line.invoice_id = note.amends and line.line = credit.amends_line
  cross join lateral jsonb_array_elements(credit.details->'freed') as freed
  where note.id = ${noteId}`

/** True when the document that a note amends bills all of the spans that the note frees. */
export const billsAllFreed = async (tx: Tx, sellerId: string, noteId: string): Promise<boolean> =>
  one(
    await tx<{ bills: boolean }[]>`
    select not exists (
      select from (${freedBy(tx, noteId)}) freed where not exists (
        select from billed_service served
        where served.seller_id = ${sellerId} and served.subscription_id = freed.subscription_id
          and served.charge_id = freed.sku_id and served.kind = freed.kind and served.invoice_id = freed.invoice_id
          and served.period @> freed.span)) as bills`,
  )?.bills ?? false

/** True when a draft of the seller gives back a part of what a note frees. */
export const isOnDraft = async (tx: Tx, sellerId: string, noteId: string): Promise<boolean> =>
  one(
    await tx<{ drafted: boolean }[]>`
    select exists (
      select from (${freedBy(tx, noteId)}) freed
      join invoice draft on draft.seller_id = ${sellerId} and draft.type = 'invoice' and draft.state in ('draft', 'parked')
      join rated_bucket bucket on bucket.invoice_id = draft.id and bucket.kind <> 'usage' and bucket.invoice_id is not null
      where bucket.kind = 'credit' and bucket.subscription_id = freed.subscription_id and bucket.sku_id = freed.sku_id
        and ${spanOf(tx)} && freed.span) as drafted`,
  )?.drafted ?? false

/** True when a draft of the seller gives back a part of these lines of a document, at what they cost by now. */
export const isGivenBackOnDraft = async (
  tx: Tx,
  sellerId: string,
  invoiceId: string,
  lines: readonly number[],
): Promise<boolean> =>
  one(
    await tx<{ drafted: boolean }[]>`
    select exists (
      select from invoice_line line
      join invoice_line given on given.subscription_id = line.subscription_id and given.sku_id = line.sku_id
        and given.seller_id = line.seller_id and given.kind = 'credit' and given.details->>'chargedOn' = line.invoice_id::text
        and given.details->>'chargedFrom' = line.details->>'from'
      join invoice draft on draft.id = given.invoice_id and draft.type = 'invoice' and draft.state in ('draft', 'parked')
      where line.invoice_id = ${invoiceId} and line.seller_id = ${sellerId} and line.line = any (${[...lines]}::int[])) as drafted`,
  )?.drafted ?? false

/** Takes what a note frees out of what is billed. */
export const freeServices = (tx: Tx, sellerId: string, noteId: string) =>
  takeOut(
    tx,
    sellerId,
    tx`
    select subscription_id, sku_id, kind, range_agg(span) as spans from (${freedBy(tx, noteId)}) freed
    group by subscription_id, sku_id, kind`,
  )

/** The details of a billed span at another amount for the whole period; what the price gave is kept beside it. */
const restated = (tx: Tx, row: string, amount: ReturnType<typeof spanOf>) => tx`
  ${tx(`${row}.details`)} || jsonb_build_object('fullAmount', trim_scale(round(${amount}, 12))::text,
    'pricedAmount', coalesce(${tx(`${row}.details`)}->>'pricedAmount', ${tx(`${row}.details`)}->>'fullAmount'))`

/** What a line is worth before and after something that keeps its service billed; decimal text. */
export type RestatedLine = { readonly line: number; readonly before: string; readonly after: string }

/** What these lines of a document still bill costs another amount from now on: a later bill gives back a part of that. */
export const restateServices = (tx: Tx, sellerId: string, invoiceId: string, lines: readonly RestatedLine[]) => tx`
  with lowered as (
    delete from billed_service served
    using unnest(${lines.map(({ line }) => line)}::int[], ${lines.map(({ before }) => before)}::numeric[],
                 ${lines.map(({ after }) => after)}::numeric[]) as rest (line, before, after)
    join invoice_line line on line.invoice_id = ${invoiceId} and line.line = rest.line
    where served.seller_id = ${sellerId} and served.invoice_id = ${invoiceId} and served.subscription_id = line.subscription_id
      and served.charge_id = line.sku_id and served.kind = line.kind and served.period <@ ${lineSpan(tx)}
    returning served.*, rest.before, rest.after
  )
  insert into billed_service (seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, period, plan_version_id, quantity,
                              price_rate_id, fx_rate_id, tax_category, details, invoice_id)
  select seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, period, plan_version_id, quantity, price_rate_id,
         fx_rate_id, tax_category, ${restated(
           tx,
           'lowered',
           tx`
           case when before = 0 then after * (lowered.details->>'denominator')::numeric / (lowered.details->>'numerator')::numeric
                else (lowered.details->>'fullAmount')::numeric * after / before end`,
         )}, invoice_id
  from lowered`

/**
 * What a document bills is billed by the one in its place, at what that says: a later credit gives back a part of the
 * corrected amount.
 */
export const moveServices = (
  tx: Tx,
  sellerId: string,
  { from, to }: { readonly from: string; readonly to: string },
) => tx`
  with moved as (
    delete from billed_service where seller_id = ${sellerId} and invoice_id = ${from} returning *)
  insert into billed_service (seller_id, edge_id, tenant_id, subscription_id, charge_id, kind, period, plan_version_id, quantity,
                              price_rate_id, fx_rate_id, tax_category, details, invoice_id)
  select moved.seller_id, edge_id, moved.tenant_id, moved.subscription_id, charge_id, moved.kind, period, plan_version_id,
         moved.quantity, moved.price_rate_id, moved.fx_rate_id, moved.tax_category,
         case when line.line is null then moved.details
              when line.details->'corrected' is null
                then (moved.details - 'pricedAmount') || jsonb_build_object('fullAmount', line.details->>'fullAmount')
              else ${restated(tx, 'moved', tx`line.unrounded * (moved.details->>'denominator')::numeric / (moved.details->>'numerator')::numeric`)} end,
         ${to}
  from moved
  left join invoice_line line on line.invoice_id = ${to} and line.subscription_id = moved.subscription_id
    and line.sku_id = moved.charge_id and line.kind = moved.kind and moved.period <@ ${lineSpan(tx)}`
