import { one, type Tx } from '../../platform/db.ts'
import { type FoundRow, namedRows } from './check.ts'

/** A queued job is left alone while a worker of its queue has others in its hands: it waits for its turn. */
const standing = (tx: Tx, seconds: number) => tx`
  select job.*, exists (
           select from job other where other.queue = job.queue and other.state = 'running'
           and other.lease_until > clock_timestamp()) as is_in_turn
  from job
  where (state = 'queued' and due_at < clock_timestamp() - make_interval(secs => ${seconds}))
    or (state = 'running' and lease_until < clock_timestamp() - make_interval(secs => ${seconds}))`

const described = (tx: Tx) => tx`
  'job ' || id as row, format('%s is %s since %s', kind, state, to_char(coalesce(lease_until, due_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')) as says,
  count(*) over ()::int as total`

/** Jobs that nobody works on, though they have been due for so long. */
export const listLeftJobs = (tx: Tx, seconds: number) =>
  tx<FoundRow[]>`
    select ${described(tx)} from (${standing(tx, seconds)}) job
    where state = 'running' or not is_in_turn order by id limit ${namedRows}`

/** Jobs that wait behind others. */
export const listWaitingJobs = (tx: Tx, seconds: number) =>
  tx<FoundRow[]>`
    select ${described(tx)} from (${standing(tx, seconds)}) job
    where state = 'queued' and is_in_turn order by id limit ${namedRows}`

export const countJobs = async (tx: Tx) =>
  one(
    await tx<{ jobs: number; parked: number }[]>`
      select count(*)::int as jobs, count(*) filter (where state = 'parked')::int as parked from job`,
  )

export const countDeliveries = async (tx: Tx) =>
  one(
    await tx<{ events: number; deliveries: number }[]>`
      select (select count(*)::int from event) as events, (select count(*)::int from webhook_delivery) as deliveries`,
  )

/** Deliveries that have no answer of their receiver yet, and those that are given up, by endpoint. */
export const listUndelivered = (tx: Tx) =>
  tx<FoundRow[]>`
    select 'endpoint ' || endpoint_id as row,
           format('%s deliveries are pending, %s exhausted', count(*) filter (where state = 'pending'),
                  count(*) filter (where state = 'exhausted')) as says,
           count(*) over ()::int as total
    from webhook_delivery where state <> 'delivered'
    group by endpoint_id order by endpoint_id limit ${namedRows}`

/** Events that have not been handed to their receivers' endpoints. */
export const listUnfanned = (tx: Tx, seconds: number) =>
  tx<FoundRow[]>`
    select 'event ' || id as row, format('%s has not been handed on', type) as says, count(*) over ()::int as total
    from event where fanned_at is null and occurred_at < clock_timestamp() - make_interval(secs => ${seconds})
    order by id limit ${namedRows}`
