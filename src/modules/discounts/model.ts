import { discountKinds, discountScopes } from '../../billing/discount.ts'
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
  type Static,
  t,
  Uuid,
} from '../../platform/schema.ts'
import { SkuCode } from '../pricing/skus/model.ts'
import { maxResourceLength } from '../usage/intake/limits.ts'

const Scope = oneOf(discountScopes, {
  description: 'lines, or what one resource used of them, come before the whole document',
})
const Kind = oneOf(discountKinds, { description: 'free units, then percents on the rest, then amounts' })

export const NewDiscount = object({
  buyerId: Uuid,
  name: { ...Name(), description: 'as it is printed' },
  scope: Scope,
  subscriptionId: t.Optional(Uuid),
  sku: t.Optional(SkuCode),
  resource: t.Optional({
    ...Name(maxResourceLength),
    description: 'as its records name it; of one subscription and a SKU that is summed',
  }),
  kind: Kind,
  value: { ...DecimalText, description: 'percent, amount in the currency of the edge, or units' },
  validFrom: DayText,
  validTo: t.Optional({ ...DayText, description: 'the first day that is not covered; open without it' }),
  limitAmount: t.Optional({ ...DecimalText, description: 'it takes no more than this in total' }),
  limitPeriods: t.Optional(t.Integer({ minimum: 1, maximum: 1200, description: 'in no more months than this' })),
})
export type NewDiscount = Static<typeof NewDiscount>

export const Discount = object(
  {
    id: Uuid,
    sellerId: Uuid,
    buyerId: Uuid,
    name: t.String(),
    scope: Scope,
    subscriptionId: orNull(Uuid),
    sku: orNull(t.String()),
    resource: orNull(t.String()),
    kind: Kind,
    value: ExactDecimal,
    currency: CurrencyCode,
    validFrom: DayText,
    validTo: orNull(DayText),
    limitAmount: orNull(ExactDecimal),
    limitPeriods: orNull(t.Integer()),
    used: t.Union([ExactDecimal], {
      description: 'on documents in your sight, less what issued ones gave back; discarded drafts do not count',
    }),
    usedPeriods: t.Integer(),
    remaining: t.Union([ExactDecimal, t.Null()], { description: 'null without a limit' }),
    createdAt: Instant,
  },
  { $id: 'Discount' },
)
export type Discount = Static<typeof Discount>

export const DiscountPage = PageOf(Discount)
export const DiscountFilters = object({ buyerId: t.Optional(Uuid), ...pageQuery })
export type DiscountFilters = Static<typeof DiscountFilters>
export const DiscountEnd = object({
  validTo: { ...DayText, description: 'the first day that is not covered any more' },
})
