import { grantEntryKinds, grantPurposes, grantStates } from '../../billing/credit.ts'
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
import { SideFilter } from '../sides.ts'

const Purpose = oneOf(grantPurposes)
const ValidTo = {
  ...DayText,
  description: 'the first day on which it is not drawn any more; without it it never expires',
}

export const NewCredit = object({
  buyerId: Uuid,
  amount: DecimalText,
  currency: CurrencyCode,
  purpose: Purpose,
  reason: { ...Name(500), description: 'why, as the buyer reads it' },
  validFrom: { ...DayText, description: 'documents that are issued from this UTC day on draw it' },
  validTo: t.Optional(ValidTo),
})
export type NewCredit = Static<typeof NewCredit>

export const Reason = object({ reason: Name(500) })
export type Reason = Static<typeof Reason>

export const Credit = object(
  {
    id: Uuid,
    sellerId: Uuid,
    buyerId: Uuid,
    currency: CurrencyCode,
    amount: ExactDecimal,
    purpose: Purpose,
    reason: t.String(),
    validFrom: DayText,
    validTo: orNull(DayText),
    state: oneOf(grantStates),
    drawn: t.Union([ExactDecimal], { description: 'what paid documents' }),
    expired: ExactDecimal,
    voided: ExactDecimal,
    remaining: t.Union([ExactDecimal], { description: 'the amount less what was drawn, expired or voided' }),
    voidReason: orNull(t.String()),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Credit', description: 'credit that a seller gave a buyer without money' },
)
export type Credit = Static<typeof Credit>
export const CreditPage = PageOf(Credit)

export const CreditFilters = object({
  ...pageQuery,
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
  currency: t.Optional(CurrencyCode),
  purpose: t.Optional(Purpose),
  invoiceId: t.Optional({ ...Uuid, description: 'those that this document drew' }),
  state: t.Optional(oneOf(grantStates)),
  side: SideFilter,
})
export type CreditFilters = Static<typeof CreditFilters>

export const CreditEntry = object(
  {
    id: Uuid,
    kind: oneOf(grantEntryKinds),
    currency: CurrencyCode,
    amount: t.Union([ExactDecimal], { description: 'negative where it takes from the credit' }),
    day: DayText,
    invoiceId: t.Union([Uuid, t.Null()], { description: 'the document that drew it' }),
    at: Instant,
  },
  { $id: 'CreditEntry' },
)
export type CreditEntry = Static<typeof CreditEntry>
export const CreditEntryPage = PageOf(CreditEntry)
export const CreditEntryFilters = object(pageQuery)
export type CreditEntryFilters = Static<typeof CreditEntryFilters>
