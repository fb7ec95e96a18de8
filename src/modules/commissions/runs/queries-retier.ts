import type { Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import type { Snapshot } from '../rules/terms.ts'
import type { IssuedLine } from './earn.ts'
import { isLive, planOf } from './queries.ts'

// What retroactive versions compute again. All of it runs as the payer's money duties: one seller a transaction.

/** Whether any version of the payer's rules is retroactive. */
export const hasRetroactive = async (tx: Tx, payerId: string): Promise<boolean> =>
  (await tx`select from commission_rule where payer_id = ${payerId} and terms -> 'retroactive' = 'true' limit 1`)
    .length > 0

/** What a payee has on a line. */
export type LinePlace = { readonly invoiceId: string; readonly line: number; readonly payeeId: string }

/**
 * The next lines and payees with earnings by a version that an other one, retroactive and later, or the payee's own, may have
 * taken the place of: in their order, behind a place.
 */
export const listCandidates = (tx: Tx, payerId: string, after: LinePlace, limit: number) =>
  tx<LinePlace[]>`
    select distinct earned.invoice_id as "invoiceId", earned.line, earned.payee_id as "payeeId"
    from commission_rule retro
    join commission_rule old on old.payer_id = retro.payer_id and old.currency = retro.currency and old.id <> retro.id
      and (lower(old.valid) < lower(retro.valid) or old.payee_id <> retro.payee_id)
    join earning earned on earned.rule_id = old.id and earned.payer_id = ${payerId}
    where retro.payer_id = ${payerId} and retro.terms -> 'retroactive' = 'true' and retro.payee_id in (old.payee_id, earned.payee_id)
      and earned.service_end > date_trunc('month', lower(retro.valid))
      and (upper_inf(retro.valid) or earned.service_start < upper(retro.valid))
      and earned.share_of is null and earned.reverses is null and earned.payment_id is null and ${isLive(tx, 'earned')}
      and (earned.invoice_id, earned.line, earned.payee_id) > (${after.invoiceId}, ${after.line}, ${after.payeeId})
    order by 1, 2, 3 limit ${limit}`

/** An earning that nothing has computed again, with what credit notes took of it, by kind. Amounts are decimal text. */
export type LiveEarning = LinePlace & {
  readonly id: string
  readonly payeeLevel: Level
  readonly ruleId: string
  readonly rule: Snapshot
  readonly serviceStart: string
  readonly serviceEnd: string
  readonly period: string
  readonly currency: string
  readonly issueDate: string
  readonly base: string
  readonly amount: string
  readonly retierBase: string
  readonly retierAmount: string
  readonly reversedBase: string
  readonly reversedAmount: string
  readonly retiered: number
}

/** The earnings on these lines, in the order of documents, lines and days. */
export const listLive = (tx: Tx, payerId: string, places: readonly LinePlace[]) =>
  tx<LiveEarning[]>`
    select earned.id, earned.invoice_id as "invoiceId", earned.line, earned.payee_id as "payeeId", payee.level as "payeeLevel",
           earned.rule_id as "ruleId", earned.rule, earned.service_start as "serviceStart", earned.service_end as "serviceEnd",
           earned.period, earned.currency, invoice.issue_date as "issueDate", earned.base::text,
           coalesce(earned.whole, earned.amount)::text as amount, earned.retiered, taken.*
    from ${wanted(tx, places)}
    join earning earned on earned.invoice_id = wanted.invoice_id and earned.line = wanted.line and earned.payee_id = wanted.payee_id
    join invoice on invoice.id = earned.invoice_id
    join organization payee on payee.id = earned.payee_id
    cross join lateral (
      select coalesce(sum(base) filter (where kind = 'retier'), 0)::text as "retierBase",
             coalesce(sum(coalesce(whole, one.amount)) filter (where kind = 'retier'), 0)::text as "retierAmount",
             coalesce(sum(base) filter (where kind = 'reversal'), 0)::text as "reversedBase",
             coalesce(sum(coalesce(whole, one.amount)) filter (where kind = 'reversal'), 0)::text as "reversedAmount"
      from earning one where one.reverses = earned.id and one.share_of is null) taken
    where earned.payer_id = ${payerId} and earned.share_of is null and earned.reverses is null and earned.payment_id is null
      and ${isLive(tx, 'earned')}
    order by invoice.number_year, invoice.number_sequence, earned.line, earned.payee_id, earned.service_start`

const wanted = (tx: Tx, places: readonly LinePlace[]) => tx`
  unnest(${places.map(({ invoiceId }) => invoiceId)}::uuid[], ${places.map(({ line }) => line)}::int[],
         ${places.map(({ payeeId }) => payeeId)}::uuid[]) as wanted (invoice_id, line, payee_id)`

/** These lines as `listLinesAfter` gives them, of documents of any period. */
export const listLines = (tx: Tx, payerId: string, places: readonly LinePlace[]) =>
  tx<(IssuedLine & { readonly period: string })[]>`
    select document.id as "invoiceId", document.period, line.line, line.kind, document.currency, document.issue_date as "issueDate",
           line.base::text, line.sku_id as "skuId", ${planOf(tx, null)} as "planId", line.service_start as "serviceStart",
           line.service_end as "serviceEnd", edge.agent_distributor_id as "agentDistributorId",
           edge.agent_partner_id as "agentPartnerId", null as cost
    from (select distinct invoice_id, line from ${wanted(tx, places)}) asked
    join invoice document on document.id = asked.invoice_id and document.seller_id = ${payerId}
    join edge on edge.id = document.edge_id
    cross join lateral (
      select *, sum(net) over (partition by case kind when 'discount' then amends_line else invoice_line.line end) as base
      from invoice_line where invoice_line.invoice_id = document.id offset 0) line
    where line.line = asked.line
    order by document.number_year, document.number_sequence, line.line`
