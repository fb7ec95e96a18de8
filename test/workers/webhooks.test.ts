import { describe, expect, test } from 'bun:test'
import { deliverDue, fanOutEvents } from '../../src/modules/webhooks/deliver.ts'
import { type EventType, raiseEvents } from '../../src/modules/webhooks/events.ts'
import { newId } from '../../src/platform/ids.ts'
import { relayScope } from '../../src/platform/scopes.ts'
import { testApi } from '../support/api.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { quietLog, testJobs } from '../support/jobs.ts'
import { type Received, testReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { testWebhooks, testWorker } from '../support/worker.ts'

const database = await testDatabase()
const { call, signIn } = testApi(database)
const sql = lookInto(database)
const jobs = await testJobs(database, sql)
const token = await signIn()
testWorker(database, [], { webhooks: testWebhooks })

const raise = (type: EventType, objectIds: readonly string[], sequence = 1) =>
  jobs.db.transaction(relayScope(jobs.owner.organizationId), (tx) =>
    raiseEvents(
      tx,
      objectIds.map((objectId) => ({
        type,
        objectId,
        sequence,
        receivers: [jobs.owner.organizationId],
        data: { objectId, amount: '12.30' },
      })),
    ),
  )

/** An endpoint of its own event type, so that tests do not hear each other. */
async function listening(type: EventType) {
  const receiver = testReceiver()
  const { status, body } = await call('POST', '/api/v1/webhooks', {
    token,
    body: { url: receiver.url, events: [type] },
  })
  expect(status).toBe(201)
  receiver.trust(body.secret)
  const deliveries = () => sql`select * from webhook_delivery where endpoint_id = ${body.id} order by id`
  const webhook = async () => (await call('GET', `/api/v1/webhooks/${body.id}`, { token })).body
  const forget = () => call('DELETE', `/api/v1/webhooks/${body.id}`, { token })
  /** Lets the schedule's pauses pass. */
  const skipPauses = async () => {
    await sql`update webhook_endpoint set rest_until = null where id = ${body.id}`
    await sql`update webhook_delivery set due_at = clock_timestamp() where endpoint_id = ${body.id} and state = 'pending'`
  }
  return { ...receiver, id: body.id as string, deliveries, webhook, skipPauses, forget }
}

const objectsOf = (received: readonly Received[]) => received.map((one) => one.body['objectId'])

describe('delivery', () => {
  test('the reference library accepts the signature, and the payload says what happened to what, in which order', async () => {
    const hook = await listening('invoice.issued')
    const objectId = newId()
    await raise('invoice.issued', [objectId], 3)
    await raise('period.closed', [newId()])
    const [one] = await until(() => (hook.received.length > 0 ? hook.received : undefined))
    expect(one).toMatchObject({ isVerified: true })
    const [event] = await sql`select id from event where object_id = ${objectId}`
    expect(one?.id).toBe(event?.['id'])
    expect(one?.body).toEqual({
      id: event?.['id'],
      type: 'invoice.issued',
      timestamp: expect.any(String),
      objectId,
      sequence: 3,
      data: { objectId, amount: '12.30' },
    })
    await until(async () => (await hook.deliveries())[0]?.['state'] === 'delivered')
    expect(hook.received).toHaveLength(1)
    await hook.forget()
  })

  test('a receiver that fails first gets the same id again and then is done', async () => {
    const hook = await listening('billing.run.completed')
    hook.answer(() => new Response('not now', { status: hook.received.length === 1 ? 500 : 200 }))
    await raise('billing.run.completed', [newId()])
    const [row] = await until(async () => {
      const rows = await hook.deliveries()
      return rows[0]?.['last_status'] === 500 ? rows : undefined
    })
    expect([row?.['state'], row?.['attempt'], row?.['last_error']]).toEqual(['pending', 1, 'not now'])
    const pauseMs = new Date(row?.['due_at']).getTime() - Date.now()
    expect(pauseMs).toBeGreaterThan(3_500)
    expect((await hook.webhook()).failingSince).not.toBeNull()
    await hook.skipPauses()
    await until(async () => (await hook.deliveries())[0]?.['state'] === 'delivered')
    expect(hook.received.map((one) => one.isVerified)).toEqual([true, true])
    expect(new Set(hook.received.map((one) => one.id)).size).toBe(1)
    expect((await hook.webhook()).failingSince).toBeNull()
    await hook.forget()
  })

  test('three hundred events reach the receiver, each once', async () => {
    const hook = await listening('usage.quarantined')
    const objectIds = Array.from({ length: 300 }, () => newId())
    await raise('usage.quarantined', objectIds)
    await until(() => hook.received.length >= 300)
    await until(async () => (await hook.deliveries()).every((row) => row['state'] === 'delivered'))
    expect(objectsOf(hook.received).toSorted()).toEqual(objectIds.toSorted())
    await hook.forget()
  })

  test('one endpoint that hangs does not hold up another', async () => {
    const [dead, alive] = [await listening('usage.batch.completed'), await listening('usage.batch.completed')]
    const released = Promise.withResolvers<Response>()
    dead.answer(() => released.promise)
    const objectIds = Array.from({ length: 30 }, () => newId())
    await raise('usage.batch.completed', objectIds)
    await until(() => alive.received.length === 30)
    expect(dead.received.length).toBeLessThanOrEqual(10)
    released.resolve(new Response(null, { status: 200 }))
    await Promise.all([dead.forget(), alive.forget()])
  })

  test('after the last attempt it is exhausted, and a replay sends the same id once more', async () => {
    const hook = await listening('job.failed')
    hook.answer(() => new Response(null, { status: 503 }))
    await raise('job.failed', [newId()])
    await until(async () => (await hook.deliveries()).length === 1)
    await sql`update webhook_delivery set attempt = 9 where endpoint_id = ${hook.id} and state = 'pending'`
    await until(async () => {
      await hook.skipPauses()
      return (await hook.deliveries())[0]?.['state'] === 'exhausted'
    })
    hook.answer(() => new Response(null, { status: 200 }))
    const before = hook.received.length
    const [row] = await hook.deliveries()
    expect((await call('POST', `/api/v1/webhooks/deliveries/${row?.['id']}/replay`, { token })).status).toBe(202)
    await hook.skipPauses()
    await until(async () => (await hook.deliveries())[0]?.['state'] === 'delivered')
    expect(hook.received.length).toBe(before + 1)
    expect(new Set(hook.received.map((one) => one.id)).size).toBe(1)
    await hook.forget()
  })
})

describe('an endpoint is disabled', () => {
  test('at once when it answers 410, with a line in the audit; it gets nothing more', async () => {
    const hook = await listening('job.parked')
    hook.answer(() => new Response(null, { status: 410 }))
    await raise('job.parked', [newId()])
    await until(async () => (await hook.webhook()).state === 'disabled')
    expect((await hook.webhook()).disabledFor).toBe('gone')
    const [line] =
      await sql`select details, account_id from audit where object_id = ${hook.id} and action = 'webhook.disabled'`
    expect([line?.['details'], line?.['account_id']]).toEqual([{ reason: 'gone' }, null])
    await raise('job.parked', [newId()])
    await until(async () => (await sql`select from event where fanned_at is null`).length === 0)
    expect(await hook.deliveries()).toHaveLength(1)
    await hook.forget()
  })

  test('when it has been failing for five days', async () => {
    const hook = await listening('job.parked')
    hook.answer(() => new Response(null, { status: 500 }))
    await sql`update webhook_endpoint set failing_since = clock_timestamp() - interval '121 hours' where id = ${hook.id}`
    await raise('job.parked', [newId()])
    await until(async () => (await hook.webhook()).state === 'disabled')
    expect((await hook.webhook()).disabledFor).toBe('failing')
    await hook.forget()
  })
})

test('after a change of secret both sign for a day, so that the receiver may change over at its own time', async () => {
  const hook = await listening('commission.run.completed')
  const { body } = await call('POST', `/api/v1/webhooks/${hook.id}/rotate-secret`, { token })
  await raise('commission.run.completed', [newId()])
  await until(() => hook.received.length === 1)
  hook.trust(body.secret)
  await raise('commission.run.completed', [newId()])
  await until(() => hook.received.length === 2)
  expect(hook.received.map((one) => one.isVerified)).toEqual([true, true])
  await hook.forget()
})

test('an inside address is refused at every delivery where the operator does not allow it', async () => {
  const receiver = testReceiver()
  const body = { url: receiver.url, events: ['period.closed'] }
  const { id } = (await call('POST', '/api/v1/webhooks', { token, body })).body
  // Not due for the worker of this file, which allows it.
  await sql`update webhook_endpoint set rest_until = clock_timestamp() + interval '1 hour' where id = ${id}`
  await raise('period.closed', [newId()])
  await until(async () => (await sql`select from webhook_delivery where endpoint_id = ${id}`).length === 1)
  const settings = { ...testWebhooks, allow: [] }
  await fanOutEvents(jobs)
  await deliverDue({ db: jobs.db, log: quietLog, now: () => new Date(), settings }, id)
  const [row] = await sql`select attempt, last_error, last_status from webhook_delivery where endpoint_id = ${id}`
  expect(row).toEqual({ attempt: 1, last_error: expect.stringMatching(/^egress\./), last_status: null })
  expect(receiver.received).toEqual([])
})

test('two senders at once take each delivery once', async () => {
  const receiver = testReceiver()
  const body = { url: receiver.url, events: ['period.closed'] }
  const { id } = (await call('POST', '/api/v1/webhooks', { token, body })).body
  await sql`update webhook_endpoint set rest_until = clock_timestamp() + interval '1 hour' where id = ${id}`
  const objectIds = Array.from({ length: 40 }, () => newId())
  await raise('period.closed', objectIds)
  await until(async () => (await sql`select from webhook_delivery where endpoint_id = ${id}`).length === 40)
  const ctx = { db: jobs.db, log: quietLog, now: () => new Date(), settings: testWebhooks }
  await Promise.all([deliverDue(ctx, id), deliverDue(ctx, id)])
  expect(objectsOf(receiver.received).toSorted()).toEqual(objectIds.toSorted())
})
