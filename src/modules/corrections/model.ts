import {
  CurrencyCode,
  DayText,
  DecimalText,
  ExactDecimal,
  Instant,
  Name,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  PeriodText,
  type Static,
  t,
  Uuid,
  Text,
} from '../../platform/schema.ts'

const Quantity = object({
  subscriptionId: Uuid,
  sku: Text(100),
  day: DayText,
  quantity: t.Union([DecimalText], { description: 'added to what was counted on the day; below zero takes it away' }),
})

export const NewCorrection = object({
  tenantId: Uuid,
  period: PeriodText,
  reason: Name(400),
  quantities: t.Optional(
    t.Array(Quantity, {
      minItems: 1,
      maxItems: 1_000,
      description: 'what was counted wrong, or mapped to a wrong SKU; default: only prices were wrong',
    }),
  ),
})
export type NewCorrection = Static<typeof NewCorrection>

const Document = object({
  id: t.Union([Uuid, t.Null()], { description: 'null until it is applied' }),
  amends: Uuid,
  net: ExactDecimal,
  tax: ExactDecimal,
  total: ExactDecimal,
})

const Edge = object({
  edgeId: Uuid,
  sellerId: Uuid,
  buyerId: Uuid,
  currency: CurrencyCode,
  lines: t.Array(
    object({
      subscriptionId: Uuid,
      sku: t.String(),
      serviceStart: DayText,
      serviceEnd: DayText,
      was: t.Union([ExactDecimal], { description: 'on paper with its discounts, earlier corrections counted in' }),
      right: ExactDecimal,
      difference: ExactDecimal,
    }),
  ),
  creditNotes: t.Array(Document),
  invoice: t.Union([Document, t.Null()], { description: 'what is charged besides' }),
  earnings: t.Array(
    object({ payeeId: Uuid, amount: t.Union([ExactDecimal], { description: 'taken back: negative' }) }),
    {
      description: 'of the agents between; for payer and payee alone',
    },
  ),
})

export const Correction = object(
  {
    id: Uuid,
    tenantId: Uuid,
    period: PeriodText,
    reason: t.String(),
    state: oneOf(['draft', 'applied'] as const),
    quantities: t.Array(Quantity),
    edges: t.Array(Edge, { description: 'those that you see; a draft says what would come' }),
    createdAt: Instant,
    updatedAt: Instant,
    appliedAt: orNull(Instant),
  },
  { $id: 'Correction' },
)
export type Correction = Static<typeof Correction>

export const CorrectionPage = PageOf(Correction)
export const CorrectionFilters = object({ ...pageQuery, tenantId: t.Optional(Uuid), period: t.Optional(PeriodText) })
export type CorrectionFilters = Static<typeof CorrectionFilters>
