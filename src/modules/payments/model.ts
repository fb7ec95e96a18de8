import {
  CurrencyCode,
  DayText,
  DecimalText,
  ExactDecimal,
  Instant,
  Name,
  object,
  orNull,
  PageOf,
  pageQuery,
  type Static,
  t,
  Uuid,
  Text,
} from '../../platform/schema.ts'
import { SideFilter } from '../sides.ts'

export const NewPayment = object({
  buyerId: t.Optional(Uuid),
  amount: DecimalText,
  currency: CurrencyCode,
  receivedOn: DayText,
  reference: t.String({
    minLength: 1,
    maxLength: 120,
    pattern: '^[^\\u0000-\\u001f\\u007f]+$',
    description: 'of the bank: once per seller, so that no money counts twice',
  }),
  allocations: t.Optional(
    t.Array(object({ invoiceId: Uuid, amount: t.Optional(DecimalText) }), {
      maxItems: 500,
      description: 'which documents it pays, in this order; without an amount as much as is due',
    }),
  ),
})
export type NewPayment = Static<typeof NewPayment>

export const Reason = object({ reason: Name(500) })
export type Reason = Static<typeof Reason>

export const Payment = object(
  {
    id: Uuid,
    sellerId: Uuid,
    buyerId: Uuid,
    currency: CurrencyCode,
    amount: t.Union([ExactDecimal], { description: 'negative where it takes another payment back' }),
    receivedOn: DayText,
    reference: t.String(),
    allocations: t.Array(object({ invoiceId: Uuid, amount: ExactDecimal })),
    overpaid: t.Union([ExactDecimal], { description: "what went to the buyer's credit balance" }),
    reverses: t.Union([Uuid, t.Null()], { description: 'the payment that this one takes back' }),
    reversedBy: orNull(Uuid),
    reason: t.Union([t.String(), t.Null()], { description: 'why it was taken back' }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Payment' },
)
export type Payment = Static<typeof Payment>

export const PaymentPage = PageOf(Payment)

export const PaymentFilters = object({
  ...pageQuery,
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
  invoiceId: t.Optional(Uuid),
  reference: t.Optional(Text(120)),
  'receivedOn[gte]': t.Optional(DayText),
  'receivedOn[lt]': t.Optional(DayText),
  side: SideFilter,
})
export type PaymentFilters = Static<typeof PaymentFilters>
