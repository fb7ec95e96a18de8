import type { Branch } from '../../platform/context.ts'
import { one, type Tx } from '../../platform/db.ts'
import { newId } from '../../platform/ids.ts'
import type { EventType } from './events.ts'

// What the relay role does with events and deliveries. "Now" is the database's clock.

type Match = { eventId: string; endpointId: string; organizationId: string }

/**
 * Makes the deliveries of up to `limit` events that have none yet, once, to the active endpoints of their receiver that
 * want them. Answers how many events were looked at.
 */
export async function fanOut(tx: Tx, limit: number): Promise<number> {
  const events = await tx<{ id: string }[]>`
    select id from event where fanned_at is null order by id limit ${limit} for update skip locked`
  if (events.length === 0) return 0
  const eventIds = events.map((event) => event.id)
  const matches = await tx<Match[]>`
    select event.id as "eventId", webhook_endpoint.id as "endpointId", event.org_id as "organizationId"
    from event join webhook_endpoint on webhook_endpoint.org_id = event.org_id
    where event.id = any(${eventIds}::uuid[]) and webhook_endpoint.state = 'active' and event.type = any(webhook_endpoint.events)
    order by event.id, webhook_endpoint.id`
  if (matches.length > 0) {
    await tx`
      insert into webhook_delivery (id, org_id, endpoint_id, event_id)
      select id, org_id, endpoint_id, event_id
      from unnest(${matches.map(() => newId())}::uuid[], ${matches.map((one) => one.organizationId)}::uuid[],
                  ${matches.map((one) => one.endpointId)}::uuid[], ${matches.map((one) => one.eventId)}::uuid[])
        as made (id, org_id, endpoint_id, event_id)
      on conflict on constraint webhook_delivery_once do nothing`
  }
  await tx`update event set fanned_at = clock_timestamp() where id = any(${eventIds}::uuid[])`
  return events.length
}

/** Active endpoints with something due that are not resting after a failure. */
export const listDueEndpoints = (tx: Tx, limit: number) =>
  tx<{ id: string }[]>`
    select id from webhook_endpoint
    where state = 'active' and (rest_until is null or rest_until <= clock_timestamp())
      and exists (select from webhook_delivery
                  where endpoint_id = webhook_endpoint.id and webhook_delivery.state = 'pending'
                    and due_at <= clock_timestamp())
    order by rest_until nulls first, id limit ${limit}`

/** An endpoint as a sender needs it; the sealed secrets that are in force, the newest first. */
export type SendingEndpoint = {
  readonly id: string
  readonly organizationId: string
  readonly url: string
  readonly secretsSealed: readonly Uint8Array[]
}

/** Undefined: gone or disabled meanwhile. */
export const findSendingEndpoint = async (tx: Tx, id: string): Promise<SendingEndpoint | undefined> => {
  const row = one(
    await tx<{ id: string; organizationId: string; url: string; secret: Uint8Array; old: Uint8Array | null }[]>`
      select id, org_id as "organizationId", url, secret_sealed as secret,
             case when old_until > clock_timestamp() then old_secret end as old
      from webhook_endpoint where id = ${id} and state = 'active'`,
  )
  if (!row) return undefined
  const { secret, old, ...endpoint } = row
  return { ...endpoint, secretsSealed: old ? [secret, old] : [secret] }
}

/** A delivery to be attempted now, with its event. */
export type DueDelivery = {
  readonly id: string
  readonly attempt: number
  readonly eventId: string
  readonly type: EventType
  readonly objectId: string
  readonly sequence: number
  readonly occurredAt: string
  readonly data: Readonly<Record<string, unknown>>
}

/**
 * Takes due deliveries of an endpoint, oldest events first, and counts the attempt. They are due again after
 * `holdSeconds`, should the sender never say what became of them.
 */
export const takeDue = (tx: Tx, endpointId: string, take: { limit: number; holdSeconds: number }) =>
  tx<DueDelivery[]>`
    with due as materialized (
      select id from webhook_delivery
      where endpoint_id = ${endpointId} and state = 'pending' and due_at <= clock_timestamp()
      order by due_at, id limit ${take.limit} for update skip locked),
    taken as (
      update webhook_delivery
      set attempt = attempt + 1, due_at = clock_timestamp() + make_interval(secs => ${take.holdSeconds})
      from due where webhook_delivery.id = due.id
      returning webhook_delivery.id, webhook_delivery.attempt, event_id)
    select taken.id, taken.attempt, event.id as "eventId", event.type, event.object_id as "objectId", event.sequence,
           event.occurred_at as "occurredAt", event.data
    from taken join event on event.id = taken.event_id order by event.id`

/** What became of one attempt. */
export type AttemptOutcome = {
  readonly id: string
  readonly attempt: number
  readonly state: 'delivered' | 'pending' | 'exhausted'
  readonly status: number | null
  readonly error: string | null
  /** Until the next attempt, where there is one. */
  readonly waitSeconds: number | null
}

/** Notes what became of the attempts; one that was taken up again meanwhile is not ours to note. */
export const recordOutcomes = (tx: Tx, outcomes: readonly AttemptOutcome[]) => tx`
  update webhook_delivery
  set state = outcome.state, last_status = outcome.status, last_error = outcome.error,
      due_at = clock_timestamp() + make_interval(secs => coalesce(outcome.wait_seconds, 0)),
      delivered_at = case when outcome.state = 'delivered' then clock_timestamp() end
  from unnest(${outcomes.map((one) => one.id)}::uuid[], ${outcomes.map((one) => one.attempt)}::int[],
              ${outcomes.map((one) => one.state)}::text[], ${outcomes.map((one) => one.status)}::int[],
              ${outcomes.map((one) => one.error)}::text[], ${outcomes.map((one) => one.waitSeconds)}::float8[])
    as outcome (id, attempt, state, status, error, wait_seconds)
  where webhook_delivery.id = outcome.id and webhook_delivery.attempt = outcome.attempt
    and webhook_delivery.state = 'pending'`

/** The endpoint answers: what was noted about its failing is forgotten. */
export const noteHealthy = (tx: Tx, endpointId: string) => tx`
  update webhook_endpoint set failing_since = null, rest_until = null
  where id = ${endpointId} and (failing_since is not null or rest_until is not null)`

/** The endpoint fails: it rests for a tenth of the time that it has been failing. True: it fails for too long already. */
export const noteFailing = async (
  tx: Tx,
  endpointId: string,
  bounds: { shortestRestSeconds: number; longestRestSeconds: number; longestDays: number },
): Promise<boolean> =>
  one(
    await tx<{ isTooLong: boolean }[]>`
      update webhook_endpoint
      set failing_since = coalesce(failing_since, clock_timestamp()),
          rest_until = clock_timestamp() + make_interval(secs => least(${bounds.longestRestSeconds}, greatest(
            ${bounds.shortestRestSeconds}, extract(epoch from clock_timestamp() - coalesce(failing_since, clock_timestamp())) / 10)))
      where id = ${endpointId}
      returning failing_since < clock_timestamp() - make_interval(days => ${bounds.longestDays}) as "isTooLong"`,
  )?.isTooLong ?? false

/** Sends nothing more there until its owner switches it on again. False: it was off already. */
export const disableEndpoint = async (tx: Tx, endpointId: string, reason: 'gone' | 'failing'): Promise<boolean> =>
  (
    await tx`
    update webhook_endpoint
    set state = 'disabled', disabled_for = ${reason}, version = version + 1, updated_at = clock_timestamp()
    where id = ${endpointId} and state = 'active' returning id`
  ).length > 0

/** The owner of an endpoint with its ancestors, as an audit line names it. */
export const findOwner = async (tx: Tx, organizationId: string) =>
  one(
    await tx<Branch[]>`
      select id as "organizationId", level, distributor_id as "distributorId", partner_id as "partnerId",
             tenant_id as "tenantId",
             (select platform.id from organization platform where platform.level = 'platform') as "platformId"
      from organization where id = ${organizationId}`,
  )
