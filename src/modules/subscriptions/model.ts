import { statesOf } from '../../billing/states.ts'
import {
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
  type Static,
  t,
  Uuid,
} from '../../platform/schema.ts'

/** What a region calls a subscription; `region` is the region's code. */
export const ExternalId = object({ region: Name(100), externalId: Name() })
export type ExternalId = Static<typeof ExternalId>

export const ExternalIds = t.Array(ExternalId, { maxItems: 100 })
export type ExternalIds = Static<typeof ExternalIds>

const newFields = {
  name: Name(),
  planVersionId: { ...Uuid, description: 'a published version of a plan of a seller above the tenant' },
  startDate: { ...DayText, description: 'the first day, UTC; it may lie in the past' },
  externalId: t.Optional({ ...Name(), description: "the tenant's own name for it, unique per tenant" }),
  quantity: t.Optional({ ...DecimalText, description: '1 where nothing is said' }),
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
  endDate: { ...DayText, description: 'the first day that is not covered any more, today or later' },
})
export type Cancellation = Static<typeof Cancellation>
