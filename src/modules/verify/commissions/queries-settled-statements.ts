import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countSettlements = async (tx: Tx) =>
  one(
    await tx<{ statements: number; payouts: number }[]>`
      select (select count(*)::int from statement) as statements, (select count(*)::int from payout) as payouts`,
  )

/** The earnings that are on a statement: its own and those that came, without those that went on. */
const memberIds = (tx: Tx) => tx`
  select id from earning where earning.statement_id = statement.id
    and not exists (select from statement_move gone where gone.earning_id = earning.id and gone.from_id = statement.id)
  union all
  select earning_id from statement_move moved where moved.to_id = statement.id
    and not exists (select from statement_move gone where gone.earning_id = moved.earning_id and gone.from_id = statement.id)`

const isPaid = (tx: Tx) => tx`
  exists (select from payout_statement paid join payout on payout.id = paid.payout_id
          where paid.statement_id = statement.id and paid.return_id is null and payout.sent_at is not null)`

/** Statements that were approved over something else than their lines, or that are paid without a payment or the reverse. */
export const listWrongStatements = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'statement ' || statement.id as row,
           case when approved <> sums.amount
                then format('is approved over %s, its lines add up to %s', trim_scale(approved), trim_scale(sums.amount))
                else format('is %s, and its payments say otherwise', state) end as says,
           count(*) over ()::int as total
    from statement
    cross join lateral (
      select coalesce(sum(amount), 0) as amount from (${memberIds(tx)}) member join earning on earning.id = member.id) sums
    where approved <> sums.amount or (state = 'paid') <> ${isPaid(tx)}
    order by statement.id limit ${namedRows}`

/** Lines that went on to the statement of another payer, payee or currency, or from one that they were not on. */
export const listStrayMoves = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('earning %s that left statement %s', moved.earning_id, moved.from_id) as row,
           case when origin.id is null or target.id is null then 'comes from or goes to no statement'
                when (origin.payer_id, origin.payee_id, origin.currency) <> (target.payer_id, target.payee_id, target.currency)
                  then 'goes to a statement of somebody else or of another currency'
                else 'was never on it' end as says,
           count(*) over ()::int as total
    from statement_move moved
    left join statement origin on origin.id = moved.from_id
    left join statement target on target.id = moved.to_id
    left join earning on earning.id = moved.earning_id
    where origin.id is null or target.id is null
      or (origin.payer_id, origin.payee_id, origin.currency) <> (target.payer_id, target.payee_id, target.currency)
      or (earning.statement_id is distinct from moved.from_id and not exists (
        select from statement_move before where before.earning_id = moved.earning_id and before.to_id = moved.from_id))
    order by moved.earning_id, moved.from_id limit ${namedRows}`

/** Payments of another amount, party or currency than their statement, or of one that nobody approved. */
export const listWrongPayments = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('statement %s in payout %s', paid.statement_id, paid.payout_id) as row,
           case when statement.approved is null then 'is paid and not approved'
                when paid.amount <> statement.approved
                  then format('is paid with %s and approved over %s', trim_scale(paid.amount), trim_scale(statement.approved))
                else 'is paid by or to somebody else, or in another currency' end as says,
           count(*) over ()::int as total
    from payout_statement paid
    left join statement on statement.id = paid.statement_id
    left join payout on payout.id = paid.payout_id
    where statement.approved is null or paid.amount <> statement.approved
      or (paid.payer_id, paid.payee_id, paid.currency) <> (statement.payer_id, statement.payee_id, statement.currency)
      or (paid.payer_id, paid.currency) is distinct from (payout.payer_id, payout.currency)
    order by paid.payout_id, paid.statement_id limit ${namedRows}`

/** Batches of another total than their statements, that pay a payee less than their minimum or nothing, or that hide a return. */
export const listWrongPayouts = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'payout ' || payout.id as row,
           case when payout.total <> sums.amount
                then format('is %s, its statements add up to %s', trim_scale(total), trim_scale(sums.amount))
                when sums.least <= 0 or sums.least < minimum
                then format('pays somebody %s, with a minimum of %s', trim_scale(sums.least), trim_scale(minimum))
                when sums.discarded <> (state = 'discarded') then format('is %s, and its statements say otherwise', state)
                else format('is %s, and its returns say otherwise', state) end as says,
           count(*) over ()::int as total
    from payout
    cross join lateral (
      select coalesce(sum(amount), 0) as amount, coalesce(min(amount), 0) as least, coalesce(bool_or(discarded), false) as discarded
      from (select sum(amount) as amount, bool_or(is_discarded) as discarded from payout_statement
            where payout_id = payout.id group by payee_id) payment) sums
    where sums.discarded <> (state = 'discarded') or payout.total <> sums.amount or sums.least <= 0 or sums.least < minimum
      or (state = 'partly_returned') <> exists (select from payout_return where payout_id = payout.id)
    order by payout.id limit ${namedRows}`

/** What came back otherwise than as the statements that name it. */
export const listWrongReturns = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('return %s of payout %s', returned.id, returned.payout_id) as row,
           format('is %s, its statements add up to %s', trim_scale(returned.amount), trim_scale(sums.amount)) as says,
           count(*) over ()::int as total
    from payout_return returned
    cross join lateral (
      select coalesce(sum(amount), 0) as amount from payout_statement
      where return_id = returned.id and payout_id = returned.payout_id) sums
    where returned.amount <> sums.amount
    order by returned.id limit ${namedRows}`

/** What payees are told of their payments otherwise than as the batches and their returns have it. */
export const listWrongReceipts = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('payment to %s of payout %s', payee_id, payout_id) as row,
           case when told.state is null then 'is not shown to its payee'
                when paid.is_returned is null then 'is shown and pays nothing'
                else format('is shown as %s, and its batch says otherwise', told.state) end as says,
           count(*) over ()::int as total
    from payout_payment told
    full join (
      select payout_id, payee_id, bool_and(return_id is not null) as is_returned from payout_statement
      group by payout_id, payee_id) paid using (payout_id, payee_id)
    join payout on payout.id = payout_id
    where paid.is_returned is null
      or told.state is distinct from
        case when paid.is_returned then 'returned' when payout.state = 'partly_returned' then 'sent' else payout.state end
      or (told.reference, told.approved_at, told.sent_at, told.settled_at)
        is distinct from (payout.reference, payout.approved_at, payout.sent_at, payout.settled_at)
    order by payout_id, payee_id limit ${namedRows}`
