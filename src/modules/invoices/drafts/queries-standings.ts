import type { Tx } from '../../../platform/db.ts'
import { type EdgesAt, linesAhead } from './queries-ahead.ts'

// What stands on issued documents of services that later ones give back. Runs as weir_seller or weir_verify.

/** Names the service that a line is of: a charge by the instant from which it was charged, else what was used in a month. */
const serviceOf = (tx: Tx, line: string) => tx`
  concat_ws(' ', ${tx(line)}.subscription_id, ${tx(line)}.sku_id,
    case when ${tx(line)}.kind in ('recurring', 'oneTime', 'credit')
           then coalesce(${tx(line)}.details->>'chargedFrom', ${tx(line)}.details->>'from')
         else concat_ws(' ', ${tx(line)}.service_period, ${tx(line)}.region_id, nullif(${tx(line)}.kind = 'minimum', false)) end)`

/**
 * A line of a service that an earlier document has, with what notes left of its net and of the discounts on it; `lines` of the
 * draft give something of the service back.
 */
export type StandingRow = { invoiceId: string; service: string; lines: number[]; net: string; off: OffRow[] }

/** What is left of a discount on a line; `used` of the line's `quantity` is what its resource had of it. */
type OffRow = {
  discountId: string
  amount: string
  resource: string | null
  used: string | null
  quantity: string | null
}

/**
 * What the services that these drafts give something back of have on documents that were issued before the draft was made, and
 * that none was issued in place of: lines as notes left them. A line with a reduction that notes do not name keeps it.
 */
export const listStanding = (tx: Tx, invoiceIds: readonly string[]) =>
  standingOf(
    tx,
    tx`
      select draft.id as invoice_id, array_agg(line.line) as lines, draft.edge_id, draft.created_at, line.seller_id, line.subscription_id, line.sku_id,
             ${serviceOf(tx, 'line')} as service
      from invoice_line line join invoice draft on draft.id = line.invoice_id
      where line.invoice_id = any (${[...invoiceIds]}::uuid[]) and line.net < 0 and line.kind <> 'discount'
      group by draft.id, line.seller_id, line.subscription_id, line.sku_id, service`,
  )

/** The same of lines that are on no draft yet, by edge. */
export const listStandingAhead = (tx: Tx, at: EdgesAt) =>
  standingOf(
    tx,
    tx`
      select ahead.edge_id as invoice_id, array_agg(ahead.line) as lines, ahead.edge_id, clock_timestamp() as created_at,
             ahead.seller_id, ahead.subscription_id, ahead.sku_id, ${serviceOf(tx, 'ahead')} as service
      from (${linesAhead(tx, at)}) ahead where ahead.net < 0
      group by ahead.edge_id, ahead.seller_id, ahead.subscription_id, ahead.sku_id, service`,
  )

const standingOf = (tx: Tx, back: ReturnType<typeof serviceOf>) =>
  tx<StandingRow[]>`
    with back as (${back})
    select back.invoice_id as "invoiceId", back.service, back.lines, (own.net - credited.net - credited.given_up)::text as net,
           off.reductions as off
    from back
    join invoice_line own on own.subscription_id = back.subscription_id and own.sku_id = back.sku_id
      and own.seller_id = back.seller_id and own.kind <> 'discount' and ${serviceOf(tx, 'own')} = back.service
    join invoice paper on paper.id = own.invoice_id and paper.type = 'invoice' and paper.state = 'issued'
      and paper.edge_id = back.edge_id and paper.issued_at < back.created_at
    cross join lateral (
      select coalesce(sum(credit.net), 0) as net,
             coalesce(sum((select sum((gone->>'amount')::numeric) from jsonb_array_elements(credit.details->'discounts') gone)), 0) as given_up
      from invoice note join invoice_line credit on credit.invoice_id = note.id
      where note.amends = paper.id and note.type = 'credit_note' and note.state = 'issued'
        and note.issued_at < back.created_at and credit.kind = 'credit' and credit.amends_line = own.line) credited
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object(
               'discountId', taken.details->>'discountId', 'amount', (-taken.net - gone.amount)::text,
               'resource', taken.details->'share'->>'resource', 'used', taken.details->'share'->>'used',
               'quantity', taken.details->'share'->>'quantity') order by taken.line), '[]') as reductions
      from invoice_line taken
      cross join lateral (
        select coalesce(sum((gone->>'amount')::numeric), 0) as amount
        from invoice note join invoice_line credit on credit.invoice_id = note.id and credit.kind = 'credit' and credit.amends_line = own.line
        cross join lateral jsonb_array_elements(credit.details->'discounts') gone
        where note.amends = paper.id and note.type = 'credit_note' and note.state = 'issued'
          and note.issued_at < back.created_at and gone->>'discountId' = taken.details->>'discountId') gone
      where taken.invoice_id = own.invoice_id and taken.kind = 'discount' and taken.amends_line = own.line) off
    where not exists (
      select from invoice anew where anew.amends = paper.id and anew.type = 'invoice' and anew.correction_id is null
        and anew.state = 'issued' and anew.issued_at < back.created_at)
    order by back.invoice_id, back.service, own.invoice_id, own.line`
