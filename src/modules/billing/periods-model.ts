import {
  ExactDecimal,
  Instant,
  object,
  oneOf,
  orNull,
  PageOf,
  PeriodText,
  type Static,
  t,
} from '../../platform/schema.ts'

/** What a closed period holds: control figures by SKU and region, and a hash over the rows they are made of. */
export const Certificate = object({
  rows: t.String({ pattern: '^\\d+$', description: 'daily rows posted to the period' }),
  sha256: t.String({ pattern: '^[0-9a-f]{64}$', description: 'over the daily rows in their canonical order' }),
  quantities: t.Array(
    object({
      sku: t.String(),
      region: t.String(),
      quantity: ExactDecimal,
      records: t.String({ pattern: '^\\d+$' }),
    }),
  ),
})
export type Certificate = Static<typeof Certificate>

export const BillingPeriod = object(
  {
    period: PeriodText,
    state: oneOf(['open', 'ended', 'closed'] as const),
    startsAt: Instant,
    endsAt: Instant,
    spanning: oneOf(['split', 'start'] as const, {
      description: 'how a record that lasts over midnight UTC is counted',
    }),
    closedAt: orNull(Instant),
    certificate: t.Union([Certificate, t.Null()], { description: 'shown to the platform only' }),
  },
  { $id: 'BillingPeriod' },
)
export type BillingPeriod = Static<typeof BillingPeriod>

export const BillingPeriodPage = PageOf(BillingPeriod)
