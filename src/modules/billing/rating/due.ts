import { overlap } from '../../../billing/days.ts'
import { periodDays } from '../../../billing/period.ts'
import { type Actor, scopeOf } from '../../../platform/context.ts'
import { enterScope, switchRole, type Tx } from '../../../platform/db.ts'
import { findCurrentPeriod } from '../runs/queries.ts'
import * as queries from './queries-due.ts'
import { findPriceDays } from './queries.ts'

/** A tenant whose usage of a posting period has changed. */
export type DueMark = { readonly tenantId: string; readonly period: string }

/** Half-open days of service, `YYYY-MM-DD`; `to` null is without end. */
export type ServiceDays = { readonly from: string; readonly to: string | null }

/** A rate of exchange that has changed from a day on. */
export type DuePair = {
  readonly from: string
  readonly to: string
  readonly validFrom: string
}

const ever: ServiceDays = { from: '2000-01-01', to: null }

/**
 * Says that the tenants' amounts of these posting periods are out of date, on every edge of their chains. Runs as
 * weir_ingest in the transaction that changes the usage. May run twice.
 */
export const markTenantsDue = async (tx: Tx, marks: readonly DueMark[]): Promise<void> => {
  if (marks.length > 0) await queries.upsertTenantMarks(tx, marks)
}

/**
 * Says that what a seller has not billed yet is out of date, because its prices for service within `days` changed: what is
 * rated, and what the present month may owe though nothing is used. Runs as weir_seller in the transaction that changes the
 * prices. May run twice.
 */
export const markSellerDue = async (tx: Tx, sellerId: string, days: ServiceDays = ever): Promise<void> => {
  const present = await findCurrentPeriod(tx)
  await queries.upsertSellerMarks(tx, sellerId, days, overlap(periodDays(present), days) ? present : undefined)
}

/**
 * Says that a month's charges and minimums are to be rated for the seller's tenants that have them in it, used or not. Runs as
 * weir_seller. May run twice.
 */
export async function markStandingDue(tx: Tx, sellerId: string, period: string): Promise<void> {
  const prices = await findPriceDays(tx, sellerId)
  await queries.upsertStandingMarks(tx, sellerId, period, prices?.standingSkuIds ?? [])
}

/**
 * Says that what a seller of the one currency rates on edges of the other is out of date, in every month whose last day has
 * the rate. Runs as weir_seller in the transaction that writes the rate. May run twice.
 */
export const markPairDue = async (tx: Tx, sellerId: string, pair: DuePair): Promise<void> => {
  await queries.upsertPairMarks(tx, sellerId, pair)
}

/**
 * Says that what a tenant's subscriptions are charged is out of date on every edge of its chains, from the month of a day up
 * to the present one. Runs as the actor's tier in the transaction that changes a subscription, and goes on as it: each seller's
 * marks are written in that seller's name. May run twice.
 */
export async function markChargesDue(tx: Tx, actor: Actor, tenantId: string, from: string): Promise<void> {
  await switchRole(tx, 'weir_chain')
  const sellers = await queries.listSellersAbove(tx, tenantId)
  for (const { sellerId } of sellers) {
    await enterScope(tx, { ...scopeOf(actor, 'weir_seller'), organizationId: sellerId })
    await queries.upsertChargeMarks(tx, sellerId, tenantId, from)
  }
  await enterScope(tx, scopeOf(actor))
}
