import type { Database, Tx } from '../../platform/db.ts'
import { type EgressAnswer, post } from '../../platform/egress.ts'
import { DomainError } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import { relayScope } from '../../platform/scopes.ts'
import { unseal } from '../../platform/secret.ts'
import { recordAudit } from '../audit/service.ts'
import * as queries from './queries-delivery.ts'
import { judgeStatus, retryAfterSeconds, type Verdict, waitAfterFailureSeconds } from './retry.ts'
import type { WebhookSettings } from './service.ts'
import { sign } from './signature.ts'

/** What sending needs. */
export type DeliveryCtx = {
  readonly db: Database
  readonly log: Log
  readonly now: () => Date
  readonly settings: WebhookSettings
}

const fanOutBatch = 500
const endpointsAtOnce = 500
/** Attempts side by side to one endpoint. */
const waveSize = 10
/** Then other endpoints get their turn. */
const mostWaves = 50
const timeoutMs = 15_000
/** Longer than an attempt can take: after a crash in between, the delivery is due again. */
const holdSeconds = 60
const maxSnippetBytes = 500
const failing = { shortestRestSeconds: 1, longestRestSeconds: 300, longestDays: 5 }

/** Makes the deliveries of new events. Answers true when there may be more. May run twice and side by side. */
export const fanOutEvents = async (ctx: Pick<DeliveryCtx, 'db'>): Promise<boolean> =>
  (await ctx.db.transaction(relayScope(), (tx) => queries.fanOut(tx, fanOutBatch))) === fanOutBatch

/** The endpoints that somebody should look after now. */
export const listDueEndpoints = async (ctx: Pick<DeliveryCtx, 'db'>): Promise<string[]> =>
  (await ctx.db.transaction(relayScope(), (tx) => queries.listDueEndpoints(tx, endpointsAtOnce))).map(({ id }) => id)

type Wave = { endpoint: queries.SendingEndpoint; deliveries: readonly queries.DueDelivery[] }

/**
 * Sends what is due to one endpoint, wave by wave, until nothing is, or all of a wave failed. No transaction is open while
 * something is sent. May run twice and side by side: each delivery is taken by one, and sent again only when its attempt
 * was not noted, with the same webhook-id.
 */
export async function deliverDue(ctx: DeliveryCtx, endpointId: string): Promise<void> {
  for (let waves = 0; waves < mostWaves; waves += 1) {
    const wave = await ctx.db.transaction(relayScope(), (tx) => takeWave(tx, endpointId))
    if (!wave) return
    const secrets = wave.endpoint.secretsSealed.map((sealed) => unseal(ctx.settings.sealKey, sealed))
    const sent = await Promise.all(
      wave.deliveries.map((delivery) => attempt(ctx, wave.endpoint.url, secrets, delivery)),
    )
    await ctx.db.transaction(relayScope(wave.endpoint.organizationId), (tx) => note(ctx, tx, wave.endpoint, sent))
    if (!sent.some((one) => one.verdict === 'delivered')) return
  }
}

async function takeWave(tx: Tx, endpointId: string): Promise<Wave | undefined> {
  const endpoint = await queries.findSendingEndpoint(tx, endpointId)
  if (!endpoint) return undefined
  const deliveries = await queries.takeDue(tx, endpointId, { limit: waveSize, holdSeconds })
  return deliveries.length > 0 ? { endpoint, deliveries } : undefined
}

type Sent = { verdict: Verdict; outcome: queries.AttemptOutcome }

async function attempt(
  ctx: DeliveryCtx,
  url: string,
  secrets: readonly string[],
  delivery: queries.DueDelivery,
): Promise<Sent> {
  try {
    const body = bodyOf(delivery)
    const timestampSeconds = Math.floor(ctx.now().getTime() / 1000)
    const signature = sign({ id: delivery.eventId, timestampSeconds, body }, secrets)
    const headers = { ...signature, 'content-type': 'application/json', 'user-agent': 'weir-webhooks' }
    const answer = await post(url, {
      headers,
      body,
      timeoutMs,
      maxResponseBytes: maxSnippetBytes,
      allow: ctx.settings.allow,
    })
    return judged(ctx, delivery, answer)
  } catch (error) {
    const code = error instanceof DomainError ? error.code : 'internal'
    if (code === 'internal') ctx.log.error('webhook.attempt_broke', { deliveryId: delivery.id, error })
    return failed(delivery, { status: null, error: code, askedSeconds: undefined })
  }
}

/** The payload of Standard Webhooks, the same bytes at every attempt. `sequence` orders what happens to one object. */
const bodyOf = ({ eventId, type, occurredAt, objectId, sequence, data }: queries.DueDelivery): string =>
  JSON.stringify({ id: eventId, type, timestamp: occurredAt, objectId, sequence, data })

function judged(ctx: DeliveryCtx, delivery: queries.DueDelivery, answer: EgressAnswer): Sent {
  const { id, attempt } = delivery
  const { status, bodySnippet: error, retryAfter } = answer
  const verdict = judgeStatus(status)
  const ended = { id, attempt, status, waitSeconds: null }
  if (verdict === 'delivered') return { verdict, outcome: { ...ended, state: 'delivered', error: null } }
  if (verdict === 'disable') return { verdict, outcome: { ...ended, state: 'exhausted', error } }
  return failed(delivery, { status, error, askedSeconds: retryAfterSeconds(status, retryAfter, ctx.now()) })
}

function failed(
  { id, attempt }: queries.DueDelivery,
  failure: { status: number | null; error: string; askedSeconds: number | undefined },
): Sent {
  const { status, error, askedSeconds } = failure
  const wait = waitAfterFailureSeconds({ attempt, jitterFraction: Math.random(), askedSeconds })
  const state = wait === undefined ? 'exhausted' : 'pending'
  return { verdict: 'retry', outcome: { id, attempt, state, status, error, waitSeconds: wait ?? null } }
}

async function note(ctx: DeliveryCtx, tx: Tx, endpoint: queries.SendingEndpoint, sent: readonly Sent[]): Promise<void> {
  await queries.recordOutcomes(
    tx,
    sent.map((one) => one.outcome),
  )
  if (sent.some((one) => one.verdict === 'disable')) return disable(ctx, tx, endpoint, 'gone')
  if (sent.some((one) => one.verdict === 'delivered')) return void (await queries.noteHealthy(tx, endpoint.id))
  if (await queries.noteFailing(tx, endpoint.id, failing)) await disable(ctx, tx, endpoint, 'failing')
}

/** Its owner finds the reason at the webhook and in the audit. */
async function disable(
  ctx: DeliveryCtx,
  tx: Tx,
  { id, organizationId }: queries.SendingEndpoint,
  reason: 'gone' | 'failing',
): Promise<void> {
  const owner = await queries.findOwner(tx, organizationId)
  if (!owner || !(await queries.disableEndpoint(tx, id, reason))) return
  ctx.log.warn('webhook.disabled', { webhookId: id, organizationId, reason })
  const entry = { action: 'webhook.disabled', objectType: 'webhook', objectId: id, details: { reason } }
  await recordAudit(tx, { ...owner, accountId: null }, entry)
}
