import { lineKinds } from '../../billing/invoice.ts'
import { paymentStates } from '../../billing/payment.ts'
import { statesOf } from '../../billing/states.ts'
import {
  CurrencyCode,
  DayText,
  DecimalText,
  ExactDecimal,
  Instant,
  IntegerText,
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
import { SideFilter } from '../sides.ts'

const Tax = object({
  category: t.Union([t.String()], { description: 'EN 16931: S standard, Z zero, E exempt, AE reverse charge …' }),
  name: t.String(),
  rate: t.Union([ExactDecimal], { description: 'percent' }),
  base: ExactDecimal,
  amount: ExactDecimal,
  reason: t.Union([t.String(), t.Null()], { description: 'why nothing is charged' }),
})

/** What every document says, an invoice as well as a credit note. */
export const documentFields = {
  id: Uuid,
  sellerId: Uuid,
  buyerId: Uuid,
  period: PeriodText,
  currency: CurrencyCode,
  issueDate: orNull(DayText),
  lines: t.Integer(),
  taxes: t.Array(Tax, { description: 'per category and rate; empty where no tax was charged' }),
  tax: ExactDecimal,
  total: ExactDecimal,
  contentHash: t.Union([t.String({ pattern: '^[0-9a-f]{64}$' }), t.Null()], {
    description: 'SHA-256 over content and number, null until issued',
  }),
  createdAt: Instant,
  updatedAt: Instant,
} as const

export const Invoice = object(
  {
    ...documentFields,
    number: t.Union([t.String(), t.Null()], { description: 'null until issued' }),
    type: oneOf(['invoice'] as const),
    state: oneOf(statesOf('invoice')),
    parkedFor: t.Union([t.String(), t.Null()], { description: 'why it waits for a person' }),
    paymentState: t.Union([oneOf(paymentStates), t.Null()], { description: 'null until issued' }),
    overdue: t.Boolean({ description: 'something is due, and its due day has passed' }),
    runId: t.Union([Uuid, t.Null()], { description: "the seller's billing run; null for the others" }),
    dueDate: orNull(DayText),
    net: ExactDecimal,
    taxNote: t.Union([t.String(), t.Null()], { description: 'why there are no taxes' }),
    paid: t.Union([ExactDecimal], { description: "by money and by the buyer's credit balance" }),
    credited: t.Union([ExactDecimal], {
      description: 'taken off by credit notes; what was paid before went to the balance',
    }),
    writtenOff: ExactDecimal,
    open: t.Union([ExactDecimal, t.Null()], { description: 'null until issued' }),
    amends: t.Union([Uuid, t.Null()], { description: 'the document that this one corrects' }),
    reason: t.Union([t.String(), t.Null()], { description: 'why it corrects another one' }),
    amendedBy: t.Array(object({ id: Uuid, type: oneOf(['invoice', 'credit_note'] as const), number: t.String() }), {
      description: 'issued documents that correct this one, in their order',
    }),
  },
  { $id: 'Invoice' },
)
export type Invoice = Static<typeof Invoice>

export const InvoicePage = PageOf(Invoice)

const onLines = (what: string) => ({ description: `with a line of ${what}` })

/** What narrows lists of documents down, as the rows of a summary are narrowed down. */
export const scopeFilters = {
  'period[gte]': t.Optional(PeriodText),
  'period[lte]': t.Optional(PeriodText),
  currency: t.Optional(CurrencyCode),
  tenantId: t.Optional({ ...Uuid, ...onLines('this tenant') }),
  partnerId: t.Optional({ ...Uuid, ...onLines('a tenant of this partner at the time; the nil id: of none') }),
  distributorId: t.Optional({ ...Uuid, ...onLines('a tenant of this distributor at the time; the nil id: of none') }),
  subscriptionId: t.Optional({ ...Uuid, ...onLines('this subscription') }),
  skuId: t.Optional({ ...Uuid, ...onLines('this SKU') }),
  sku: t.Optional({ ...Name(), ...onLines('the SKU of this code') }),
}

export const InvoiceFilters = object({
  ...pageQuery,
  period: t.Optional(PeriodText),
  state: t.Optional(oneOf(statesOf('invoice'))),
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
  runId: t.Optional(Uuid),
  side: SideFilter,
  ...scopeFilters,
})
export type InvoiceFilters = Static<typeof InvoiceFilters>

export const WriteOff = object({
  reason: Name(500),
  amount: t.Optional(t.Union([DecimalText], { description: 'default: all that is due' })),
})
export type WriteOff = Static<typeof WriteOff>

export const Reissue = object({
  reason: Name(500),
  lines: t.Optional(
    t.Array(
      object({
        line: t.Integer({ minimum: 1, maximum: 99_999_999 }),
        net: t.Union([DecimalText], { description: 'what is right, with the discounts of the line counted in' }),
      }),
      { minItems: 1, maxItems: 10_000, description: 'what was wrong; the others are issued as they were' },
    ),
  ),
})
export type Reissue = Static<typeof Reissue>

export const Release = object({ reason: Name(500) })
export type Release = Static<typeof Release>

export const CreditUse = object({
  amount: t.Optional(t.Union([DecimalText], { description: 'default: all that is due, as far as the balance goes' })),
})
export type CreditUse = Static<typeof CreditUse>

export const InvoiceLine = object(
  {
    line: t.Integer(),
    kind: oneOf(lineKinds),
    subscriptionId: Uuid,
    tenantId: Uuid,
    sku: t.String(),
    serviceStart: DayText,
    serviceEnd: t.String({ pattern: DayText.pattern ?? '', description: 'the first day after' }),
    region: t.Union([t.String(), t.Null()], { description: 'code of the region whose own price this is' }),
    quantity: ExactDecimal,
    unit: t.String(),
    unrounded: ExactDecimal,
    net: ExactDecimal,
    taxCategory: orNull(t.String()),
    priceVersionId: t.Union([Uuid, t.Null()], { description: 'null for a discount: it has no price' }),
    fxRateId: orNull(Uuid),
    creditedNet: ExactDecimal,
    amendsLine: orNull(t.Integer()),
  },
  { $id: 'InvoiceLine' },
)
export type InvoiceLine = Static<typeof InvoiceLine>

export const InvoiceLinePage = PageOf(InvoiceLine)

export const LineFilters = object({
  ...pageQuery,
  subscriptionId: t.Optional(Uuid),
  tenantId: t.Optional(Uuid),
  skuId: t.Optional(Uuid),
})
export type LineFilters = Static<typeof LineFilters>

export const LinePath = object({ id: Uuid, line: IntegerText({ minimum: 1, maximum: 99_999_999 }) })
