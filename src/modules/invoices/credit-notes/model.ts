import { statesOf } from '../../../billing/states.ts'
import {
  DecimalText,
  ExactDecimal,
  Name,
  object,
  oneOf,
  PageOf,
  pageQuery,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'
import { SideFilter } from '../../sides.ts'
import { documentFields, scopeFilters } from '../model.ts'

export const NewCreditNote = object({
  invoiceId: { ...Uuid, description: 'one of your issued invoices' },
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
  service: t.Optional(
    oneOf(['freed', 'kept'] as const, {
      description:
        'of recurring and one-time charges: whether what is credited is free to be billed again where it is still served (default), or stays billed, as for a price that was wrong',
    }),
  ),
  issue: t.Optional(t.Boolean({ description: 'issue it at once; default: a draft' })),
})
export type NewCreditNote = Static<typeof NewCreditNote>

export const CreditNote = object(
  {
    ...documentFields,
    number: t.Union([t.String(), t.Null()], { description: 'null until issued; a series of its own' }),
    type: oneOf(['credit_note'] as const),
    state: oneOf(statesOf('creditNote')),
    amends: t.Union([Uuid], { description: 'the invoice' }),
    amendsNumber: t.String(),
    reason: t.String(),
    net: t.Union([ExactDecimal], { description: 'what is given back, positive' }),
    applied: t.Union([ExactDecimal], { description: 'taken off the open amount of the invoice' }),
    toBalance: t.Union([ExactDecimal], { description: "the rest: the buyer's credit" }),
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
  side: SideFilter,
  ...scopeFilters,
})
export type CreditNoteFilters = Static<typeof CreditNoteFilters>
