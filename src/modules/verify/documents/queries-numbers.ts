import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

export const countSeries = async (tx: Tx) =>
  one(
    await tx<{ series: number; numbers: number }[]>`
      select (select count(*)::int from number_series) as series,
             (select count(*)::int from invoice where state = 'issued') as numbers`,
  )

/** Numbers that a series gave and no document has, and numbers beyond what the series gave. */
export const listWrongNumbers = (tx: Tx) =>
  tx<FoundRow[]>`
    with used as (
      select seller_id, type as document_type, number_year as year, count(*) as numbers, min(number_sequence) as lowest,
             max(number_sequence) as highest
      from invoice where state = 'issued' group by seller_id, type, number_year
    ), wrong as (
      select seller_id, document_type, year, coalesce(last, 0) as last, greatest(coalesce(last, 0), coalesce(highest, 0)) as highest
      from used full join number_series using (seller_id, document_type, year)
      where numbers is distinct from last or highest is distinct from last or lowest <> 1
    ), number as (
      select wrong.*, sequence, exists (
               select from invoice where invoice.seller_id = wrong.seller_id and invoice.type = wrong.document_type
               and number_year = year and number_sequence = sequence and state = 'issued') as is_used
      from wrong cross join lateral generate_series(1, wrong.highest) as sequence
    )
    select format('%s number %s of %s of seller %s', document_type, sequence, year, seller_id) as row,
           case when is_used then format('is beyond the last one of its series, %s', last) else 'is on no document' end as says,
           count(*) over ()::int as total
    from number where is_used = (sequence > last)
    order by seller_id, document_type, year, sequence limit ${namedRows}`

/** Documents of one seller that have the same number in print. */
export const listTwins = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('number %s of seller %s', number, seller_id) as row,
           format('is on %s documents: %s', count(*), left(string_agg(id::text, ', ' order by id), 200)) as says,
           count(*) over ()::int as total
    from invoice where state = 'issued' group by seller_id, type, number having count(*) > 1
    order by seller_id, number limit ${namedRows}`
