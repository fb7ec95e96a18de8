import {
  type Static,
  CurrencyCode,
  DayText,
  Instant,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  PeriodText,
  t,
  Uuid,
} from '../../../platform/schema.ts'

/** What a seller and its direct buyer have agreed, for some days. */
export const Edge = object(
  {
    id: Uuid,
    sellerId: Uuid,
    buyerId: Uuid,
    currency: CurrencyCode,
    paymentTermDays: t.Integer(),
    agentIds: t.Array(Uuid, { description: 'who earns commission from the seller here; only the seller is told' }),
    validFrom: DayText,
    validTo: orNull({ ...DayText, description: 'half-open; null is without end' }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Edge' },
)
export type Edge = Static<typeof Edge>

export const EdgePage = PageOf(Edge)

export const EdgeFilters = object({
  side: t.Optional(oneOf(['sell', 'buy'])),
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
  on: t.Optional({ ...DayText, description: 'only edges in force on this day' }),
  ...pageQuery,
})
export type EdgeFilters = Static<typeof EdgeFilters>

export const TermsChange = object({
  currency: t.Optional(CurrencyCode),
  paymentTermDays: t.Optional(t.Integer({ minimum: 0, maximum: 365 })),
  fromPeriod: { ...PeriodText, description: 'from the start of this month on; a future one' },
})
export type TermsChange = Static<typeof TermsChange>
