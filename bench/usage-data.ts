import { halfSha256, recordKey } from '../src/modules/usage/intake/identity.ts'
import { idOf, kinds, skuCode } from './channel.ts'

/** A part of the channel's subscriptions, by number: from `first` on, `count` of them. */
type Metered = { readonly first: number; readonly count: number }

/** How usage is made: every subscription uses every SKU each hour, and a region sends hour after hour. */
export type UsagePlan = {
  readonly tenants: number
  readonly skus: number
  readonly from: Date
  readonly metered: Metered
}

/** One record of the series, with everything that both ways of storing it need. */
type BenchRecord = {
  readonly id: string
  readonly subscription: number
  readonly sku: number
  readonly start: string
  readonly end: string
  readonly quantity: string
  readonly resource: string
}

const hourMs = 3_600_000
/** A prime, so that quantities repeat in no pattern of the series. */
const spreadBy = 7919

const instant = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

/** The records with these numbers; the same number is always the same record. */
export function recordsOf({ skus, from, metered }: UsagePlan, first: number, count: number): BenchRecord[] {
  const perHour = metered.count * skus
  return Array.from({ length: count }, (_, index) => {
    const number = first + index
    const series = number % perHour
    const startMs = from.getTime() + Math.floor(number / perHour) * hourMs
    const [subscription, sku] = [metered.first + Math.floor(series / skus), series % skus]
    const thousandths = 500 + ((number * spreadBy) % 9500)
    const resource = `vm/${subscription}/${skuCode(sku)}`
    const start = instant(startMs)
    return {
      id: `${resource}@${start}`,
      subscription,
      sku,
      start,
      end: instant(startMs + hourMs),
      quantity: `${Math.floor(thousandths / 1000)}.${String(thousandths % 1000).padStart(3, '0')}`,
      resource,
    }
  })
}

/** Records as a region sends them: NDJSON, gzip. */
export function bodyOf(records: readonly BenchRecord[]): Uint8Array<ArrayBuffer> {
  const lines = records.map(({ id, subscription, sku, start, end, quantity, resource }) =>
    JSON.stringify({
      id,
      subscription: idOf(kinds.subscription, subscription),
      sku: skuCode(sku),
      start,
      end,
      quantity,
      resource,
    }),
  )
  return Bun.gzipSync(lines.join('\n'), { level: 1 })
}

const listed = <T>(rows: readonly T[], textOf: (row: T) => string): string => `{${rows.map(textOf).join(',')}}`

/** Records as columns, each an array literal of Postgres; key and hash have the form that ingest gives them. */
export function columnsOf(records: readonly BenchRecord[], { tenants }: UsagePlan, regionId: string) {
  return {
    tenants: listed(records, ({ subscription }) => idOf(kinds.tenant, subscription % tenants)),
    subscriptions: listed(records, ({ subscription }) => idOf(kinds.subscription, subscription)),
    skus: listed(records, ({ sku }) => idOf(kinds.sku, sku)),
    keys: listed(records, ({ id }) => recordKey(regionId, id)),
    hashes: listed(records, ({ id, quantity }) => halfSha256([id, quantity])),
    ids: listed(records, ({ id }) => `"${id}"`),
    starts: listed(records, ({ start }) => start),
    ends: listed(records, ({ end }) => end),
    quantities: listed(records, ({ quantity }) => quantity),
    resources: listed(records, ({ resource }) => `"${resource}"`),
  }
}
