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
} from '../../../platform/schema.ts'

const Count = t.String({ pattern: '^\\d+$' })

/** What was checked before a month was closed. */
const invariantNames = ['records.accounted', 'quarantine.decided', 'usage.rated', 'ledger.zero'] as const

const CheckedInvariant = object({
  name: oneOf(invariantNames, {
    description:
      'records.accounted: sent = accepted + duplicate + conflict + quarantined + rejected; quarantine.decided: none waits; usage.rated: used = rated + parked + waiting to be rated; ledger.zero: the platform’s book balances',
  }),
  holds: t.Boolean(),
  figures: t.Record(t.String(), Count),
})
export type CheckedInvariant = Static<typeof CheckedInvariant>

/** What a closed period holds: control figures by SKU and region, and a hash over the rows they are made of. */
export const Certificate = object({
  rows: t.String({ pattern: Count.pattern ?? '', description: 'daily rows posted to the period' }),
  sha256: t.String({ pattern: '^[0-9a-f]{64}$', description: 'over the daily rows in their canonical order' }),
  quantities: t.Array(
    object({
      sku: t.String(),
      region: t.String(),
      quantity: ExactDecimal,
      records: Count,
    }),
    {
      description:
        'control figures: what records say, added up whatever the SKU counts; levels over time have none and stand as 0',
    },
  ),
  counts: t.Optional(object({ records: Count, tenants: Count, subscriptions: Count })),
  regions: t.Optional(
    t.Array(object({ code: t.String(), state: oneOf(['active', 'paused'] as const), completeUntil: orNull(Instant) }), {
      description: 'their watermarks when the month was closed; a paused region holds up nothing',
    }),
  ),
  invariants: t.Optional(t.Array(CheckedInvariant, { description: 'what held when the month was closed' })),
  seal: t.Optional(
    t.String({
      pattern: '^[0-9a-f]{64}$',
      description: 'SHA-256 of the certificate without its seal, as canonical JSON (RFC 8785)',
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
