import { one, type Tx } from '../../../platform/db.ts'
import { type FoundRow, namedRows } from '../check.ts'

/** Outcomes that are not "accepted" are kept for 90 days: a younger batch still has all of its own. */
const outcomesKeptDays = 89

const counted = (tx: Tx) => tx`
  select batch.*, coalesce(event.events, 0) as events, coalesce(kept.duplicates, 0) as duplicates,
         coalesce(kept.conflicts, 0) as conflicts, coalesce(kept.quarantines, 0) as quarantines,
         coalesce(kept.rejections, 0) as rejections, coalesce(held.waiting, 0) as waiting,
         coalesce(held.undecided, 0) as undecided,
         accepted + duplicate + conflict + quarantined + rejected as counted,
         received_at > clock_timestamp() - make_interval(days => ${outcomesKeptDays}) as has_outcomes
  from usage_batch batch
  left join (select batch_id, count(*) as events from usage_event group by batch_id) event on event.batch_id = batch.id
  left join (
    select batch_id, count(*) filter (where outcome = 'duplicate') as duplicates,
           count(*) filter (where outcome = 'conflict') as conflicts,
           count(*) filter (where outcome = 'quarantined') as quarantines,
           count(*) filter (where outcome = 'rejected') as rejections
    from usage_outcome group by batch_id) kept on kept.batch_id = batch.id
  left join (
    select batch_id, count(*) filter (where state = 'waiting') as waiting,
           count(*) filter (where state <> 'accepted') as undecided
    from usage_quarantine group by batch_id) held on held.batch_id = batch.id`

/** Batches whose receipt says something else than what is there. Counts and rows are written in one transaction. */
export const listWrongBatches = (tx: Tx) =>
  tx<FoundRow[]>`
    with wrong as (
      select id, case
        when state = 'done' and counted <> sent then format('%s records were sent, %s have an outcome', sent, counted)
        when events <> accepted then format('%s records were accepted, %s are there', accepted, events)
        when waiting > quarantined or undecided < quarantined
          then format('%s records are quarantined, the quarantine has %s', quarantined, waiting)
        when has_outcomes and (duplicates, conflicts, quarantines, rejections) <> (duplicate, conflict, quarantined, rejected)
          then 'its kept outcomes are not those that it counts'
        end as says
      from (${counted(tx)}) batch)
    select 'batch ' || id as row, says, count(*) over ()::int as total
    from wrong where says is not null order by id limit ${namedRows}`

/** Events whose batch is unknown. */
export const listStrayEvents = (tx: Tx) =>
  tx<FoundRow[]>`
    select format('usage event %s of tenant %s', key, tenant_id) as row, 'belongs to no batch' as says,
           count(*) over ()::int as total
    from usage_event event where not exists (select from usage_batch where usage_batch.id = event.batch_id)
    order by tenant_id, key limit ${namedRows}`

/** Batches that are taking their time. */
export const listPendingBatches = (tx: Tx, seconds: number) =>
  tx<FoundRow[]>`
    select 'batch ' || id as row, format('is %s, received at %s', state, to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as says,
           count(*) over ()::int as total
    from usage_batch where state <> 'done' and received_at < clock_timestamp() - make_interval(secs => ${seconds})
    order by id limit ${namedRows}`

export const countBatches = async (tx: Tx) =>
  one(
    await tx<{ batches: number; records: number }[]>`
      select count(*)::int as batches, coalesce(sum(sent), 0)::int as records from usage_batch`,
  )
