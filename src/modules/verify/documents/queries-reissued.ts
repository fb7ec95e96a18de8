import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

const isReissue = (tx: Tx) =>
  tx`reissue.type = 'invoice' and reissue.amends is not null and reissue.correction_id is null and reissue.state <> 'discarded'`

export const countReissues = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from invoice reissue where ${isReissue(tx)}`)
    ?.count ?? 0

/** Documents of another edge, month or currency than the one in whose place they are, or in the place of what is not undone. */
export const listStrayReissues = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'invoice ' || reissue.id as row,
           case when credited.total <> original.total
                  then format('is in place of invoice %s, of which %s of %s is credited', original.id, credited.total, original.total)
                else format('is of another edge, month or currency than invoice %s', original.id) end as says,
           count(*) over ()::int as total
    from invoice reissue
    join invoice original on original.id = reissue.amends
    cross join lateral (
      select coalesce(sum(note.total), 0) as total from invoice note
      where note.amends = original.id and note.type = 'credit_note' and note.state = 'issued') credited
    where ${isReissue(tx)} and (credited.total <> original.total or original.type <> 'invoice' or original.state <> 'issued'
      or (reissue.seller_id, reissue.buyer_id, reissue.edge_id, reissue.currency, reissue.period)
        is distinct from (original.seller_id, original.buyer_id, original.edge_id, original.currency, original.period))
    order by reissue.id limit ${namedRows}`

/** What a line is, but for its amount. */
const face = (tx: Tx, row: 'said' | 'was') => tx`
  ${tx(row)}.kind, ${tx(row)}.subscription_id, ${tx(row)}.tenant_id, ${tx(row)}.sku_id, ${tx(row)}.service_period,
  ${tx(row)}.region_id, ${tx(row)}.service_start, ${tx(row)}.service_end, ${tx(row)}.quantity, ${tx(row)}.quantity_before,
  ${tx(row)}.price_rate_id, ${tx(row)}.fx_rate_id, ${tx(row)}.amends_line, coalesce(${tx(row)}.details, '{}') - 'corrected'`

/**
 * Lines that are not those of the document in whose place theirs is, but for what they say they correct; a corrected line
 * stands for its discounts too.
 */
export const listWrongLines = (tx: Tx) =>
  tx<FoundRow[]>`
    with was as (
      select reissue.id, line.* from invoice reissue join invoice_line line on line.invoice_id = reissue.amends
      where ${isReissue(tx)} and (line.kind <> 'discount' or not exists (
        select from invoice_line fixed join invoice_line before on before.invoice_id = line.invoice_id and before.line = fixed.line
        where fixed.invoice_id = reissue.id and fixed.line = line.amends_line
          and fixed.details->'corrected' is distinct from before.details->'corrected'))
    ), said as (
      select reissue.id, line.* from invoice reissue join invoice_line line on line.invoice_id = reissue.id
      where ${isReissue(tx)}
    ), pair as (
      select id, line, said.invoice_id is null as is_missing, was.invoice_id is null as is_new,
             (${face(tx, 'said')}) is distinct from (${face(tx, 'was')}) as is_other,
             said.unrounded as says,
             case when said.details->'corrected' is not distinct from was.details->'corrected' then was.unrounded
                  else (said.details->'corrected'->>'to')::numeric end as gives,
             said.details->'corrected'->>'from'
               <> coalesce(was.details->'corrected'->>'from', trim_scale(was.unrounded)::text) as is_from_other
      from was full join said using (id, line)
    )
    select format('line %s of invoice %s', line, id) as row,
           case when is_missing then 'is missing, and no discount of a corrected line'
                when is_new then 'is no line of the document that it is in place of'
                when is_other then 'is of another service, quantity or price than what it is in place of'
                when is_from_other then 'corrects another amount than the one that was billed'
                else format('says %s; what it is in place of gives %s', trim_scale(says), trim_scale(gives)) end as says,
           count(*) over ()::int as total
    from pair where is_missing or is_new or is_other or is_from_other or says is distinct from gives
    order by id, line limit ${namedRows}`
