import type { CommissionTerms } from '../../billing/commission.ts'
import type { Actor } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import type { Earning, EarningFilters } from './model.ts'

/** An earning with its amounts as the database spells them. */
export type EarningRow = Omit<Earning, 'updatedAt'>

const columns = (tx: Tx) => tx`
  earning.id, earning.payee_id as "payeeId", earning.payer_id as "payerId", earning.rule_id as "ruleVersionId",
  earning.invoice_id as "documentId", earning.line, earning.kind, earning.service_start as "serviceStart",
  earning.service_end as "serviceEnd", earning.base::text, earning.base_to_date::text as "baseToDate",
  earning.amount::text, earning.currency, earning.period, earning.created_at as "createdAt"`

/** The payer's and the payee's, and nobody else's. */
const isParty = (tx: Tx, actor: Actor) => tx`${tx(`earning.see_${actor.level}_id`)} = ${actor.organizationId}`

/** The place of an earning in the list: newest period first. */
export type ListPlace = { readonly period: string; readonly id: string }

export const listEarnings = (
  tx: Tx,
  actor: Actor,
  filters: EarningFilters,
  page: { after: ListPlace | undefined; limit: number },
) =>
  tx<EarningRow[]>`
    select ${columns(tx)} from earning
    where ${isParty(tx, actor)}
      ${filters.period === undefined ? tx`` : tx`and earning.period = ${filters.period}`}
      ${filters.payeeId === undefined ? tx`` : tx`and earning.payee_id = ${filters.payeeId}`}
      ${filters.payerId === undefined ? tx`` : tx`and earning.payer_id = ${filters.payerId}`}
      ${filters.documentId === undefined ? tx`` : tx`and earning.invoice_id = ${filters.documentId}`}
      ${page.after === undefined ? tx`` : tx`and (earning.period, earning.id) < (${page.after.period}, ${page.after.id})`}
    order by earning.period desc, earning.id desc limit ${page.limit + 1}`

/** An earning with all that explains it. */
export type ExplainedRow = EarningRow & {
  readonly rule: CommissionTerms & { readonly basis: 'net'; readonly inherited: boolean }
  readonly amountToDate: string
  readonly number: string
  readonly lineNet: string
  readonly lineStart: string
  readonly lineEnd: string
}

/** Undefined for a foreign earning and for an absent one alike. */
export const findExplained = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<ExplainedRow[]>`
      select ${columns(tx)}, earning.rule, earning.amount_to_date::text as "amountToDate", invoice.number,
             line.net::text as "lineNet", line.service_start as "lineStart", line.service_end as "lineEnd"
      from earning
      join invoice on invoice.id = earning.invoice_id
      join invoice_line line on line.invoice_id = earning.invoice_id and line.line = earning.line
      where earning.id = ${id} and ${isParty(tx, actor)}`,
  )
