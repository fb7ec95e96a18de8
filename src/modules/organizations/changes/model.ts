import {
  type Static,
  CurrencyCode,
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

const fromPeriod = { ...PeriodText, description: 'from the start of this month on; a future one' }

export const Move = object({
  parentId: { ...Uuid, description: 'the new parent: an organization of your branch, or your own' },
  fromPeriod,
})
export type Move = Static<typeof Move>

export const ModelChange = object({ commercialModel: oneOf(['agent', 'reseller']), fromPeriod })
export type ModelChange = Static<typeof ModelChange>

export const ConfidentialityChange = object({ confidential: t.Boolean(), fromPeriod })
export type ConfidentialityChange = Static<typeof ConfidentialityChange>

export const PreviewQuery = object({
  preview: t.Optional(t.Boolean({ default: false, description: 'only say what would change' })),
})

const changeStates = ['planned', 'done', 'cancelled'] as const

/** A planned change, as its reader may see it. */
export const PlannedChange = object(
  {
    id: Uuid,
    kind: oneOf(['parent', 'commercial_model', 'edge_terms', 'confidentiality']),
    organizationId: { ...Uuid, description: 'who moves or changes; for terms of an edge its buyer' },
    fromPeriod: PeriodText,
    toParentId: orNull({ ...Uuid, description: 'null where it is not of your branch' }),
    toModel: orNull(oneOf(['agent', 'reseller'])),
    toConfidential: orNull(t.Boolean()),
    sellerId: orNull(Uuid),
    toCurrency: orNull(CurrencyCode),
    toPaymentTerm: orNull(t.Integer()),
    state: oneOf(changeStates),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'PlannedChange' },
)
export type PlannedChange = Static<typeof PlannedChange>

export const ChangePage = PageOf(PlannedChange)

export const ChangeFilters = object({
  organizationId: t.Optional(Uuid),
  state: t.Optional(oneOf(changeStates)),
  ...pageQuery,
})
export type ChangeFilters = Static<typeof ChangeFilters>

const beginsOrEnds = oneOf(['begins', 'ends'])

/** What a change would do. Lists stop at 200 rows; the counts don't. */
export const ChangePreview = object(
  {
    fromPeriod: PeriodText,
    tenants: t.Integer({ description: 'how many tenants are rated along another chain from then on' }),
    edges: t.Array(object({ sellerId: Uuid, buyerId: Uuid, change: beginsOrEnds })),
    commissions: t.Array(object({ payerId: Uuid, payeeId: Uuid, change: beginsOrEnds })),
    missingPrices: t.Array(object({ sellerId: Uuid, tenantId: Uuid, sku: t.String() }), {
      description: 'SKUs of the plans in use that a new seller has no price for: their usage would be parked',
    }),
    keptPlans: t.Array(object({ subscriptionId: Uuid, planVersionId: Uuid }), {
      description: 'subscriptions that keep a plan of somebody who is not above them any more',
    }),
  },
  { $id: 'ChangePreview' },
)
export type ChangePreview = Static<typeof ChangePreview>
