import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

const isApplied = (tx: Tx) => tx`
  exists (select from correction where correction.id = part.correction_id and correction.state = 'applied')`

export const countCorrections = async (tx: Tx): Promise<number> =>
  one(await tx<{ count: number }[]>`select count(*)::int as count from correction where state = 'applied'`)?.count ?? 0

/** Edges whose documents do not come to what the correction says: what is right less what was on paper. */
export const listWrongEdges = (tx: Tx) =>
  tx<FoundRow[]>`
    with part as (
      select part.*,
             (select coalesce(sum((line->>'difference')::numeric), 0) from jsonb_array_elements(effects->'lines') as line) as gives,
             (select coalesce(sum(case type when 'credit_note' then -net else net end), 0) from invoice
              where invoice.state = 'issued' and (invoice.id = any (part.credit_note_ids) or invoice.id = part.invoice_id)) as says
      from correction_edge part where ${isApplied(tx)}
    )
    select format('edge %s of correction %s', edge_id, correction_id) as row,
           format('its documents come to %s, its lines to %s', says, gives) as says, count(*) over ()::int as total
    from part where says <> gives order by 1 limit ${namedRows}`

/** Documents that name a correction which does not name them, or an edge of another one. */
export const listStrayDocuments = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'invoice ' || invoice.id as row, 'is of a correction that does not name it' as says, count(*) over ()::int as total
    from invoice
    where correction_id is not null and state <> 'discarded' and not exists (
      select from correction_edge part
      where part.correction_id = invoice.correction_id and part.edge_id = invoice.edge_id and ${isApplied(tx)}
        and (invoice.id = any (part.credit_note_ids) or invoice.id = part.invoice_id))
    order by 1 limit ${namedRows}`

/** Lines that charge another amount than what lies between what they say is right and what they say was billed. */
export const listWrongDifferences = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('line %s of invoice %s', line.line, invoice.id) as row,
           format('charges %s; right is %s, %s was billed', line.net, line.details->'difference'->>'right',
                  line.details->'difference'->>'was') as says,
           count(*) over ()::int as total
    from invoice join invoice_line line on line.invoice_id = invoice.id
    where invoice.correction_id is not null and invoice.type = 'invoice' and invoice.state <> 'discarded' and line.kind <> 'discount'
      and line.net is distinct from (line.details->'difference'->>'right')::numeric - (line.details->'difference'->>'was')::numeric
    order by invoice.id, line.line limit ${namedRows}`

/** Sellers that do not rate what an applied correction says was counted wrong, or rate what none says. */
export const listUntoldSellers = (tx: Tx) =>
  tx<FoundRow[]>`
    with told as (
      select seller.id as seller_id, correction.id as correction_id, said.position::int as position, correction.tenant_id,
             correction.period, said.quantity ->> 'day' as day, (said.quantity ->> 'quantity')::numeric as quantity
      from correction
      cross join lateral jsonb_array_elements(correction.quantities) with ordinality as said (quantity, position)
      cross join lateral (
        select distinct edge.seller_id as id from chain_edge join edge on edge.id = chain_edge.edge_id and edge.kind = 'sale'
        where chain_edge.tenant_id = correction.tenant_id
          and lower(edge.valid) < (correction.period || '-01')::date + interval '1 month') as seller
      where correction.state = 'applied'
    )
    select format('correction %s for seller %s', coalesce(told.correction_id, known.correction_id),
                  coalesce(told.seller_id, known.seller_id)) as row,
           format('quantity %s: %s instead of %s', coalesce(told.position, known.position), known.quantity, told.quantity) as says,
           count(*) over ()::int as total
    from told
    full join corrected_quantity known on known.seller_id = told.seller_id and known.correction_id = told.correction_id
      and known.position = told.position
    where (known.tenant_id, known.period, known.day::text, known.quantity)
      is distinct from (told.tenant_id, told.period, told.day, told.quantity)
    order by 1, 2 limit ${namedRows}`
