import type { Aggregation } from '../../../billing/aggregate.ts'
import { BillingError } from '../../../billing/errors.ts'
import { boundedDecimal, decimal, plainText } from '../../../billing/money.ts'
import type { UsageRecord } from '../intake/record.ts'

/** Where usage of a subscription belongs. Days are `YYYY-MM-DD`; the end is half-open. */
export type SubscriptionPlace = {
  readonly id: string
  readonly tenantId: string
  readonly partnerId: string
  readonly distributorId: string
  readonly startDate: string
  readonly endDate: string | null
  /** Closed for good: nothing is billed to its tenant any more. */
  readonly isTenantClosed: boolean
  /** Where it stood before it moved; most never did. */
  readonly formerly: readonly FormerPlace[]
}

/** The ancestors that a tenant had until a day. */
export type FormerPlace = {
  readonly partnerId: string
  readonly distributorId: string
  readonly from: string | null
  readonly to: string
}

/** Whose branch a day's usage belongs to: who stood above the tenant on that day. */
export function ancestorsOn(
  subscription: SubscriptionPlace,
  day: string,
): Pick<FormerPlace, 'partnerId' | 'distributorId'> {
  return subscription.formerly.find(({ from, to }) => (from ?? '') <= day && day < to) ?? subscription
}

/** A SKU as usage needs it. */
export type SkuPlace = {
  readonly id: string
  readonly unit: string
  readonly aggregation: Aggregation
  /** The field of a record whose distinct values are counted; null where none is. */
  readonly uniqueBy: string | null
}

/** What a meter stands for, for some days. */
export type MeterPlace = {
  readonly sku: SkuPlace
  readonly factor: string
  readonly from: string
  readonly to: string | null
}

/** What the names in some records of one region stand for. */
export type Names = {
  readonly subscriptions: ReadonlyMap<string, SubscriptionPlace | 'ambiguous'>
  readonly skus: ReadonlyMap<string, SkuPlace>
  readonly meters: ReadonlyMap<string, readonly MeterPlace[]>
}

const holds = {
  'subscription.unknown': ['subscription', 'no subscription has this id in the region'],
  'subscription.ambiguous': ['subscription', 'more than one subscription claims this id in the region'],
  'subscription.not_in_force': ['start', 'lies outside the dates of the subscription'],
  'tenant.closed': ['subscription', 'its tenant is closed: nothing is billed to it any more'],
  'sku.unknown': ['sku', 'no SKU has this code'],
  'meter.unknown': ['meter', 'the meter is not mapped to a SKU on that day'],
  'unit.mismatch': ['unit', 'is not the unit of the SKU'],
  'meter.factor_inexact': ['quantity', "has, times the meter's factor, more digits than a quantity may have"],
  'resource.missing': ['resource', 'is what the SKU counts, and is not said'],
  'dimension.missing': ['dimensions', 'do not have the one that the SKU counts'],
  'quantity.not_countable': ['quantity', 'is below 0: what was met once is not unmet by a correction'],
} as const

/** Why a record waits in quarantine. */
export type HoldReason = keyof typeof holds

/** The field of the record that it waits for, and a sentence that holds no input. */
export const holdSentence = (reason: HoldReason): { field: string; message: string } => {
  const [field, message] = holds[reason]
  return { field, message }
}

/** A record that can be posted: `quantity` is in units of the SKU. */
export type Placed = {
  readonly record: UsageRecord
  readonly subscription: SubscriptionPlace
  readonly sku: SkuPlace
  readonly quantity: string
  /** What a unique count meets in this record; null where the SKU is none. */
  readonly value: string | null
}

/** A record that waits; with the tenant where that much is known. */
export type Held = { readonly record: UsageRecord; readonly reason: HoldReason; readonly tenantId: string | undefined }

/** Finds out what a record is about, or why nobody can tell yet. */
export function resolve(record: UsageRecord, names: Names): Placed | Held {
  const subscription = names.subscriptions.get(record.subscription)
  if (subscription === undefined) return { record, reason: 'subscription.unknown', tenantId: undefined }
  if (subscription === 'ambiguous') return { record, reason: 'subscription.ambiguous', tenantId: undefined }
  const hold = (reason: HoldReason): Held => ({ record, reason, tenantId: subscription.tenantId })
  if (!isInForce(record, subscription)) return hold('subscription.not_in_force')
  if (subscription.isTenantClosed) return hold('tenant.closed')
  const meter = record.meter === null ? undefined : meterOn(names, record.meter, record.start.slice(0, 10))
  const sku = record.meter === null ? names.skus.get(record.sku ?? '') : meter?.sku
  if (!sku) return hold(record.meter === null ? 'sku.unknown' : 'meter.unknown')
  const factor = meter?.factor ?? '1'
  // A factor says that the source counts in another unit than we do.
  if (factor === '1' && record.unit !== null && record.unit !== sku.unit) return hold('unit.mismatch')
  const quantity = factor === '1' ? record.quantity : exactProduct(record.quantity, factor)
  if (quantity === undefined) return hold('meter.factor_inexact')
  if (sku.uniqueBy === null) return { record, subscription, sku, quantity, value: null }
  if (record.quantity.startsWith('-')) return hold('quantity.not_countable')
  const value = valueOf(record, sku.uniqueBy)
  if (!value) return hold(sku.uniqueBy === 'resource' ? 'resource.missing' : 'dimension.missing')
  return { record, subscription, sku, quantity, value }
}

/** An empty text names nothing. */
const valueOf = ({ resource, dimensions }: UsageRecord, uniqueBy: string): string | null | undefined =>
  uniqueBy === 'resource' ? resource : dimensions[uniqueBy.slice('dimensions.'.length)]

const meterOn = (names: Names, meter: string, day: string): MeterPlace | undefined =>
  names.meters.get(meter)?.find(({ from, to }) => from <= day && (to === null || day < to))

/** The first day counts, the end date no more; an instant at its midnight is outside, an interval up to it inside. */
function isInForce({ start, end }: UsageRecord, { startDate, endDate }: SubscriptionPlace): boolean {
  if (start.slice(0, 10) < startDate) return false
  if (endDate === null) return true
  return start.slice(0, 10) < endDate && (end.slice(0, 10) < endDate || end === `${endDate}T00:00:00Z`)
}

function exactProduct(quantity: string, factor: string): string | undefined {
  try {
    return plainText(boundedDecimal(plainText(decimal(quantity).times(decimal(factor)))))
  } catch (error) {
    if (error instanceof BillingError) return undefined
    throw error
  }
}
