import type { CommissionTerms } from '../../../billing/commission.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countEarnings = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from earning`)?.count ?? 0

/** Earnings on something else than an issued line of their payer, of somebody who is no agent on its edge, or astray. */
export const listStrayEarnings = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'earning ' || earning.id as row,
           case when invoice.state is distinct from 'issued' or invoice.seller_id <> earning.payer_id
                  then 'is on no issued document of its payer'
                when invoice.currency <> earning.currency or (reverses is null and payment_id is null and invoice.period <> earning.period)
                  then 'has another currency or month than its document'
                when rule.payer_id is distinct from earning.payer_id then 'its rule is not its payer''s'
                when earning.rule - 'basis' - 'inherited' <> rule.terms then 'its snapshot is not its rule'
                when statement.id is null then 'its statement is not its payee''s'
                else 'its payee is no agent on the edge of its document' end as says,
           count(*) over ()::int as total
    from earning
    left join invoice on invoice.id = earning.invoice_id
    left join edge on edge.id = invoice.edge_id
    left join commission_rule rule on rule.id = earning.rule_id
    left join statement on statement.id = earning.statement_id
      and (statement.payer_id, statement.payee_id, statement.currency) = (earning.payer_id, earning.payee_id, earning.currency)
    where invoice.state is distinct from 'issued' or invoice.seller_id <> earning.payer_id
      or rule.payer_id is distinct from earning.payer_id or invoice.currency <> earning.currency
      or (reverses is null and payment_id is null and invoice.period <> earning.period) or earning.rule - 'basis' - 'inherited' <> rule.terms
      or statement.id is null
      or (earning.share_of is null and earning.payee_id is distinct from agent_distributor_id
        and earning.payee_id is distinct from agent_partner_id)
    order by earning.id limit ${namedRows}`

/** An earning with the line that it is on; amounts are decimal text. */
export type EarningRow = {
  id: string
  invoiceId: string
  line: number
  payeeId: string
  kind: string
  serviceStart: string
  serviceEnd: string
  currency: string
  terms: CommissionTerms & { basis: string }
  base: string
  baseToDate: string
  amount: string
  amountToDate: string
  position: number | null
  jobId: string
  /** When the run was asked for that made it. */
  askedAt: string
  createdAt: string
  /** How often the line was computed again before, and when this earning was. */
  retiered: number
  retieredAt: string | null
  /** With the discounts that reduce it. */
  lineNet: string
  lineStart: string
  lineEnd: string
}

/** A place in the order of lines, payees and days. */
type EarningPlace = Pick<EarningRow, 'invoiceId' | 'line' | 'payeeId' | 'serviceStart' | 'retiered'>

/** The next earnings in the order of lines, payees and days; the rule is the snapshot that the earning was made by. */
export const listEarnings = (tx: Tx, after: EarningPlace | undefined, limit: number) =>
  tx<EarningRow[]>`
    select id, earning.invoice_id as "invoiceId", earning.line, payee_id as "payeeId", earning.kind,
           earning.service_start as "serviceStart", earning.service_end as "serviceEnd", currency, rule as terms,
           trim_scale(base)::text as base, trim_scale(base_to_date)::text as "baseToDate",
           trim_scale(coalesce(whole, amount))::text as amount, trim_scale(amount_to_date)::text as "amountToDate", position,
           job_id as "jobId", coalesce((select job.created_at from job where job.id = earning.job_id), created_at) as "askedAt",
           created_at as "createdAt", retiered, (
             select again.created_at from earning again
             where again.reverses = earning.id and again.invoice_id = earning.invoice_id and again.kind = 'retier'
               and again.share_of is null) as "retieredAt", (line.net + coalesce(discounts, 0))::text as "lineNet",
           line.service_start as "lineStart", line.service_end as "lineEnd"
    from (
      select * from earning
      where share_of is null and reverses is null and payment_id is null
      ${
        after
          ? tx`and (invoice_id, line, payee_id, service_start, retiered)
          > (${after.invoiceId}, ${after.line}, ${after.payeeId}, ${after.serviceStart}, ${after.retiered})`
          : tx``
      }
      order by invoice_id, line, payee_id, service_start, retiered limit ${limit}
    ) earning
    join invoice_line line on line.invoice_id = earning.invoice_id and line.line = earning.line
    left join lateral (
      select sum(net) as discounts from invoice_line discount
      where discount.invoice_id = line.invoice_id and discount.kind = 'discount' and discount.amends_line = line.line) reduced on true
    order by earning.invoice_id, earning.line, payee_id, earning.service_start, retiered`

/** An earning by a rule that counts the period to date. */
export type RunningRow = Pick<
  EarningRow,
  'id' | 'payeeId' | 'currency' | 'terms' | 'base' | 'baseToDate' | 'amount' | 'amountToDate'
> & { ruleId: string; period: string; position: number; uncappedToDate: string | null; lineBefore: string }

/** The next of those, in the order in which one follows the other. */
export const listRunning = (tx: Tx, after: RunningRow | undefined, limit: number) =>
  tx<RunningRow[]>`
    select id, rule_id as "ruleId", payee_id as "payeeId", period, position, currency, rule as terms,
           trim_scale(base)::text as base, trim_scale(base_to_date)::text as "baseToDate",
           trim_scale(coalesce(whole, amount))::text as amount, trim_scale(amount_to_date)::text as "amountToDate",
           trim_scale(uncapped_to_date)::text as "uncappedToDate",
           case when payment_id is not null then (
             select coalesce(trim_scale(sum(base)), 0)::text from earning before
             where (before.invoice_id, before.line, before.payee_id, before.service_start)
                 = (earning.invoice_id, earning.line, earning.payee_id, earning.service_start)
               and before.payment_id is not null and before.share_of is null and before.id < earning.id)
           when reverses is null then '0' else (
             select trim_scale(sum(base))::text from earning before
             where (before.id = earning.reverses or before.reverses = earning.reverses) and before.share_of is null
               and before.position < earning.position) end as "lineBefore"
    from earning
    where position is not null
      ${after ? tx`and (rule_id, payee_id, period, position) > (${after.ruleId}, ${after.payeeId}, ${after.period}, ${after.position})` : tx``}
    order by rule_id, payee_id, period, position limit ${limit}`

/** An earning that is divided, with its parts: payee, whether it is held, and amount of each, the first one its own. */
export type DividedRow = {
  id: string
  payeeId: string
  currency: string
  terms: CommissionTerms
  whole: string
  parts: string[]
}

/** The next earnings that are divided, by id. */
export const listDivided = (tx: Tx, after: string, limit: number) =>
  tx<DividedRow[]>`
    select id, payee_id as "payeeId", currency, rule as terms, coalesce(whole, amount)::text as whole,
           array(select format('%s %s %s', part.payee_id, part.held_until is not null, part.amount)
                 from earning part where part.id = earning.id or part.share_of = earning.id) as parts
    from earning
    where share_of is null and (rule ? 'split' or rule ? 'holdDays' or whole is not null) and id > ${after}
    order by id limit ${limit}`
