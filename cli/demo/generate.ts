import { regions, type SkuCode, skus, subscriptionsPerTenant, type Tenant } from './channel.ts'

/** A usage record as it goes over the wire. */
export type UsageRecord = {
  id: string
  subscription: string
  sku: SkuCode
  start: string
  end: string
  quantity: string
  resource: string
}

const hourMs = 3_600_000

/** A small generator of numbers from 0 to 1, the same for the same seed (xorshift, Marsaglia 2003). */
function seededRandom(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 4_294_967_296
  }
}

/** What a region calls the subscriptions of a tenant. */
export const externalIdsOf = (tenant: Tenant): string[] =>
  Array.from({ length: subscriptionsPerTenant }, (_, index) => `${tenant.key}/s${index + 1}`)

export const regionOf = (tenant: Tenant) => regions.find((region) => region.currency === tenant.currency) ?? regions[0]

/** Weekdays and daytime use more than nights; the rest is chance. */
function quantityAt(random: () => number, hour: Date, least: number, most: number): string {
  const isWeekend = hour.getUTCDay() % 6 === 0
  const isDay = hour.getUTCHours() >= 7 && hour.getUTCHours() < 19
  const share = (isWeekend ? 0.4 : 1) * (isDay ? 1 : 0.6)
  const thousandths = Math.round(least + random() * share * (most - least))
  return `${Math.floor(thousandths / 1000)}.${String(thousandths % 1000).padStart(3, '0')}`
}

/** Every second subscription has no backup. */
const skusOf = (index: number) => skus.filter((sku) => sku.code !== 'backup' || index % 2 === 0)

/** A month of hourly usage of the tenants, in the order of time as a region would send it. */
export function* monthOfUsage(tenants: readonly Tenant[], from: Date, to: Date, seed: number): Generator<UsageRecord> {
  const random = seededRandom(seed)
  const subscriptions = tenants.flatMap(externalIdsOf)
  for (let at = from.getTime(); at < to.getTime(); at += hourMs) {
    const hour = new Date(at)
    const [start, end] = [hour.toISOString(), new Date(at + hourMs).toISOString()]
    for (const [index, subscription] of subscriptions.entries()) {
      for (const { code, least, most } of skusOf(index)) {
        const quantity = quantityAt(random, hour, least, most)
        const resource = `${subscription}/${code}`
        yield { id: `${resource}@${start}`, subscription, sku: code, start, end, quantity, resource }
      }
    }
  }
}
