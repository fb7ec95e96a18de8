import { statesOf } from '../../billing/states.ts'
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
  PeriodText,
  pageQuery,
  type Static,
  t,
  Uuid,
} from '../../platform/schema.ts'

/** What a region calls a subscription; `region` is the region's code. */
const ExternalId = object({ region: Name(100), externalId: Name() })
type ExternalId = Static<typeof ExternalId>

export const ExternalIds = t.Array(ExternalId, { maxItems: 100 })
export type ExternalIds = Static<typeof ExternalIds>

const TimeText = t.String({ pattern: '^([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d$', examples: ['12:00:00'] })

const newFields = {
  name: Name(),
  planVersionId: { ...Uuid, description: 'a published version of a plan of a seller above the tenant' },
  startDate: { ...DayText, description: 'the first day, UTC; it may lie in the past' },
  startTime: t.Optional({
    ...TimeText,
    description: 'the time of day, UTC, for plans that count seconds; by default 00:00:00',
  }),
  externalId: t.Optional({ ...Name(), description: "the tenant's own name for it, unique per tenant" }),
  quantity: t.Optional({ ...DecimalText, description: 'by default 1' }),
  externalIds: t.Optional({ ...ExternalIds, description: 'what the regions call it in their usage' }),
}

export const NewSubscription = object(newFields)
export type NewSubscription = Static<typeof NewSubscription>

export const NewTenantSubscription = object({ tenantId: Uuid, ...newFields })
export type NewTenantSubscription = Static<typeof NewTenantSubscription>

const State = oneOf(statesOf('subscription'))

export const Subscription = object(
  {
    id: Uuid,
    tenantId: Uuid,
    name: t.String(),
    externalId: orNull(t.String()),
    planVersionId: Uuid,
    regionCodes: t.Array(t.String()),
    externalIds: t.Array(ExternalId),
    startDate: DayText,
    startTime: t.Optional({ ...TimeText, description: 'where it is not midnight' }),
    endDate: { ...orNull(DayText), description: 'the first day that is not covered any more' },
    quantity: ExactDecimal,
    state: State,
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Subscription' },
)
export type Subscription = Static<typeof Subscription>

export const SubscriptionPage = PageOf(Subscription)
export const SubscriptionFilters = object({
  tenantId: t.Optional(Uuid),
  state: t.Optional(State),
  externalId: t.Optional(Name()),
  ...pageQuery,
})
export type SubscriptionFilters = Static<typeof SubscriptionFilters>

export const Cancellation = object({
  endDate: {
    ...DayText,
    description: 'the first day that is not covered any more; past only where nothing was used since',
  },
})
export type Cancellation = Static<typeof Cancellation>

export const SubscriptionChange = object({
  planVersionId: t.Optional({ ...Uuid, description: 'a published version of a plan of a seller above the tenant' }),
  quantity: t.Optional(DecimalText),
  effectiveOn: t.Optional({ ...DayText, description: 'its first day; by default today' }),
  atPeriodEnd: t.Optional(t.Boolean({ description: 'from the next charge period on, in place of a day' })),
})
export type SubscriptionChange = Static<typeof SubscriptionChange>

export const Suspension = object({
  effectiveOn: t.Optional({ ...DayText, description: 'its first day; by default today' }),
})
export type Suspension = Static<typeof Suspension>

export const Timeline = object({
  data: t.Array(
    object({ effectiveOn: DayText, planVersionId: Uuid, quantity: ExactDecimal, isSuspended: t.Boolean() }),
    { description: 'what the subscription is from each day on, until the next one or its end' },
  ),
})
export type Timeline = Static<typeof Timeline>

const PreviewedLine = object({
  kind: oneOf(['recurring', 'oneTime', 'credit']),
  sku: t.String(),
  serviceStart: DayText,
  serviceEnd: DayText,
  quantity: ExactDecimal,
  unrounded: orNull(ExactDecimal),
  net: orNull(ExactDecimal),
  parkedFor: { ...orNull(t.String()), description: 'why there is no amount yet' },
})

export const ChangePreview = object({
  effectiveOn: DayText,
  data: t.Array(
    object({
      sellerId: Uuid,
      buyerId: Uuid,
      period: { ...PeriodText, description: 'the month whose bill has these lines' },
      currency: CurrencyCode,
      lines: t.Array(PreviewedLine),
      net: ExactDecimal,
    }),
    { description: 'per edge that you see: the charges and credits of the subscription on its next bill, before tax' },
  ),
})
export type ChangePreview = Static<typeof ChangePreview>
