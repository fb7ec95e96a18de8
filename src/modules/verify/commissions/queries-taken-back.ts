import type { CommissionTerms } from '../../../billing/commission.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

/** By a credit note: what a retroactive rule takes back stands on the document of the earning itself. */
const isTakenBack = (tx: Tx) => tx`
  reverses is not null and share_of is null and payment_id is null
  and not exists (select from earning same where same.id = earning.reverses and same.invoice_id = earning.invoice_id)`

export const countTakenBack = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from earning where ${isTakenBack(tx)}`)?.count ?? 0

/** What takes back by something else than a credit note on the document of its earning, or of another payee, rule, days or month. */
export const listStrayTakenBack = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'earning ' || taken.id as row,
           case when named.id is null then 'takes back from no earning'
                when note.amends is distinct from named.invoice_id then 'its credit note is not about the document of its earning'
                else 'is not of the payee, rule, days and month of its earning' end as says,
           count(*) over ()::int as total
    from (select * from earning where ${isTakenBack(tx)}) taken
    left join earning named on named.id = taken.reverses and named.reverses is null and named.share_of is null
    left join invoice note on note.id = taken.invoice_id and note.type = 'credit_note'
    where named.id is null or note.amends is distinct from named.invoice_id
      or (taken.payer_id, taken.payee_id, taken.rule_id, taken.currency, taken.service_start, taken.service_end)
        <> (named.payer_id, named.payee_id, named.rule_id, named.currency, named.service_start, named.service_end)
      or taken.period < named.period or (taken.kind = 'retier' and taken.period <> named.period)
    order by taken.id limit ${namedRows}`

/**
 * What a credit note took back of an earning, with all that it follows from: how much of the line was credited up to that
 * note, what the line was with its discounts, the bases that the payee had on it then, of which the earning's is at `place`,
 * what it earned, and what earlier notes took back, by kind. Amounts are decimal text.
 */
export type TakenBackRow = {
  id: string
  kind: 'retier' | 'reversal'
  currency: string
  terms: CommissionTerms
  position: number | null
  base: string
  baseToDate: string
  amount: string
  amountToDate: string
  credited: string
  wholeLine: string
  bases: string[]
  place: number
  earnedBase: string
  earnedAmount: string
  retierBase: string
  retierAmount: string
  reversedBase: string
  reversedAmount: string
}

/** The line that is credited: of a discount the one that it reduces. */
const root = (tx: Tx) => tx`case target.kind when 'discount' then target.amends_line else target.line end`

/** The next of them by id. */
export const listTakenBack = (tx: Tx, after: string, limit: number) =>
  tx<TakenBackRow[]>`
    select taken.id, taken.kind, taken.currency, taken.rule as terms, taken.position, trim_scale(taken.base)::text as base,
           trim_scale(taken.base_to_date)::text as "baseToDate", trim_scale(coalesce(taken.whole, taken.amount))::text as amount,
           trim_scale(taken.amount_to_date)::text as "amountToDate", coalesce(credit.credited, 0)::text as credited,
           coalesce(whole.net, 0)::text as "wholeLine", coalesce(sibling.bases, '{}') as bases, sibling.place,
           named.base::text as "earnedBase", coalesce(named.whole, named.amount)::text as "earnedAmount", before.*
    from (select * from earning where ${isTakenBack(tx)} and id > ${after} order by id limit ${limit}) taken
    join earning named on named.id = taken.reverses
    join invoice note on note.id = taken.invoice_id
    cross join lateral (
      select sum(line.net) as credited
      from invoice one
      join invoice_line line on line.invoice_id = one.id
      join invoice_line target on target.invoice_id = one.amends and target.line = line.amends_line
      where one.amends = named.invoice_id and one.type = 'credit_note' and one.state = 'issued' and ${root(tx)} = named.line
        and (one.number_year, one.number_sequence) <= (note.number_year, note.number_sequence)) credit
    cross join lateral (
      select sum(target.net) as net from invoice_line target
      where target.invoice_id = named.invoice_id and ${root(tx)} = named.line) whole
    cross join lateral (
      select array_agg(base::text order by service_start) as bases,
             (count(*) filter (where one.service_start < named.service_start))::int as place
      from earning one
      where (one.invoice_id, one.line, one.payee_id) = (named.invoice_id, named.line, named.payee_id)
        and one.reverses is null and one.share_of is null and one.payment_id is null
        and one.created_at <= taken.created_at and not exists (
          select from earning again
          where again.reverses = one.id and again.invoice_id = one.invoice_id and again.created_at < taken.created_at)) sibling
    cross join lateral (
      select coalesce(sum(one.base) filter (where one.kind = 'retier'), 0)::text as "retierBase",
             coalesce(sum(coalesce(one.whole, one.amount)) filter (where one.kind = 'retier'), 0)::text as "retierAmount",
             coalesce(sum(one.base) filter (where one.kind = 'reversal'), 0)::text as "reversedBase",
             coalesce(sum(coalesce(one.whole, one.amount)) filter (where one.kind = 'reversal'), 0)::text as "reversedAmount"
      from earning one join invoice other on other.id = one.invoice_id
      where one.reverses = named.id and one.share_of is null and one.invoice_id <> named.invoice_id
        and (other.number_year, other.number_sequence) < (note.number_year, note.number_sequence)) before
    order by taken.id`

/**
 * Earnings that a retroactive version computed again and that do not come to nothing with all that takes back from them, and
 * what was earned instead of nothing. What counts to date is followed with its period.
 */
export const listWrongRetiered = (tx: Tx) =>
  tx<FoundRow[]>`
    with again as (
      select again.id, named.id as named_id, again.position,
             (again.payer_id, again.payee_id, again.rule_id, again.currency, again.line, again.service_start, again.service_end)
               = (named.payer_id, named.payee_id, named.rule_id, named.currency, named.line, named.service_start, named.service_end)
               as is_same,
             exists (
               select from commission_rule retro
               where retro.payer_id = named.payer_id and retro.currency = named.currency and retro.id <> named.rule_id
                 and retro.terms -> 'retroactive' = 'true' and named.service_end > date_trunc('month', lower(retro.valid))) as is_due,
             rest.*
      from earning again
      join earning named on named.id = again.reverses and named.invoice_id = again.invoice_id
      cross join lateral (
        select sum(base) as base, sum(coalesce(whole, one.amount)) as amount from earning one
        where (one.id = named.id or one.reverses = named.id) and one.share_of is null) rest
      where again.share_of is null
    ), wrong as (
      select 'earning ' || id as row,
             case when not is_same then 'is not of the payee, rule and days of what it takes back'
                  when not is_due then 'no retroactive rule takes the place of what it takes back'
                  else format('leaves %s on a base of %s of what was computed again', trim_scale(amount), trim_scale(base)) end as says
      from again where not is_same or not is_due or base <> 0 or (position is null and amount <> 0)
      union all
      select 'earning ' || instead.id, 'is in the place of no earning' from earning instead
      where instead.retiered > 0 and instead.share_of is null and not exists (
        select from earning gone join earning again on again.reverses = gone.id and again.invoice_id = gone.invoice_id
        where (gone.invoice_id, gone.line, gone.payee_id, gone.retiered)
          = (instead.invoice_id, instead.line, instead.payee_id, instead.retiered - 1))
    )
    select row, says, count(*) over ()::int as total from wrong order by 1 limit ${namedRows}`
