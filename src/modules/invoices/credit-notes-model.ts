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
} from '../../platform/schema.ts'
import { statesOf } from '../../billing/states.ts'
import { Invoice } from './model.ts'

export const NewCreditNote = object({
  invoiceId: { ...Uuid, description: 'an own issued invoice' },
  reason: Name(500),
  lines: t.Optional(
    t.Array(
      object({
        line: t.Integer({ minimum: 1, maximum: 99_999_999 }),
        net: t.Optional(t.Union([DecimalText], { description: 'default: all that is left of the line' })),
      }),
      { minItems: 1, maxItems: 10_000, description: 'default: all that is left of every line' },
    ),
  ),
  issue: t.Optional(t.Boolean({ description: 'issue it at once; default: a draft' })),
})
export type NewCreditNote = Static<typeof NewCreditNote>

export const CreditNote = object(
  {
    id: Uuid,
    number: t.Union([t.String(), t.Null()], { description: 'null until issued; a series of its own' }),
    type: oneOf(['credit_note'] as const),
    state: oneOf(statesOf('creditNote')),
    amends: t.Union([Uuid], { description: 'the invoice' }),
    amendsNumber: t.String(),
    reason: t.String(),
    sellerId: Uuid,
    buyerId: Uuid,
    period: PeriodText,
    currency: CurrencyCode,
    issueDate: orNull(DayText),
    lines: t.Integer(),
    net: t.Union([ExactDecimal], { description: 'what is given back, positive' }),
    taxes: Invoice.properties.taxes,
    tax: ExactDecimal,
    total: ExactDecimal,
    applied: t.Union([ExactDecimal], { description: 'taken off the open amount of the invoice' }),
    toBalance: t.Union([ExactDecimal], { description: "the rest: the buyer's credit" }),
    contentHash: orNull(t.String({ pattern: '^[0-9a-f]{64}$' })),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'CreditNote' },
)
export type CreditNote = Static<typeof CreditNote>

export const CreditNotePage = PageOf(CreditNote)

export const CreditNoteFilters = object({
  ...pageQuery,
  period: t.Optional(PeriodText),
  state: t.Optional(oneOf(statesOf('creditNote'))),
  invoiceId: t.Optional(Uuid),
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
  side: t.Optional(
    oneOf(['buy', 'sell', 'agency'] as const, { description: 'how you stand to the edge; default: any' }),
  ),
})
export type CreditNoteFilters = Static<typeof CreditNoteFilters>
