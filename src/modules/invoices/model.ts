import { prorationUnits } from '../../billing/prorate.ts'
import { lineKinds } from '../../billing/invoice.ts'
import { paymentStates } from '../../billing/payment.ts'
import { statesOf } from '../../billing/states.ts'
import { PinnedExchange } from '../pricing/fx-model.ts'
import { RateOrigin } from '../pricing/model.ts'
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

const Tax = object({
  category: t.Union([t.String()], { description: 'EN 16931: S standard, Z zero, E exempt, AE reverse charge …' }),
  name: t.String(),
  rate: t.Union([ExactDecimal], { description: 'percent' }),
  base: ExactDecimal,
  amount: ExactDecimal,
  reason: t.Union([t.String(), t.Null()], { description: 'why nothing is charged' }),
})

export const Invoice = object(
  {
    id: Uuid,
    number: t.Union([t.String(), t.Null()], { description: 'null until issued' }),
    type: oneOf(['invoice'] as const),
    state: oneOf(statesOf('invoice')),
    parkedFor: t.Union([t.String(), t.Null()], { description: 'why it waits for a person' }),
    paymentState: t.Union([oneOf(paymentStates), t.Null()], { description: 'null until issued' }),
    overdue: t.Boolean({ description: 'something is due, and its due day has passed' }),
    runId: t.Union([Uuid, t.Null()], { description: "the seller's billing run; null for the others" }),
    sellerId: Uuid,
    buyerId: Uuid,
    period: PeriodText,
    currency: CurrencyCode,
    issueDate: orNull(DayText),
    dueDate: orNull(DayText),
    lines: t.Integer(),
    net: ExactDecimal,
    taxes: t.Array(Tax, { description: 'per category and rate; empty where no tax was charged' }),
    taxNote: t.Union([t.String(), t.Null()], { description: 'why there are no taxes' }),
    tax: ExactDecimal,
    total: ExactDecimal,
    paid: t.Union([ExactDecimal], { description: "by money and by the buyer's credit balance" }),
    credited: t.Union([ExactDecimal], {
      description: 'taken off by credit notes; what was paid before went to the balance',
    }),
    writtenOff: ExactDecimal,
    open: t.Union([ExactDecimal, t.Null()], { description: 'null until issued' }),
    amends: t.Union([Uuid, t.Null()], { description: 'the document that this one corrects' }),
    contentHash: t.Union([t.String({ pattern: '^[0-9a-f]{64}$' }), t.Null()], {
      description: 'SHA-256 over content and number, null until issued',
    }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Invoice' },
)
export type Invoice = Static<typeof Invoice>

export const InvoicePage = PageOf(Invoice)

export const InvoiceFilters = object({
  ...pageQuery,
  period: t.Optional(PeriodText),
  state: t.Optional(oneOf(statesOf('invoice'))),
  sellerId: t.Optional(Uuid),
  buyerId: t.Optional(Uuid),
  runId: t.Optional(Uuid),
  side: t.Optional(
    oneOf(['buy', 'sell', 'agency'] as const, { description: 'how you stand to the edge; default: any' }),
  ),
})
export type InvoiceFilters = Static<typeof InvoiceFilters>

export const WriteOff = object({
  reason: Name(500),
  amount: t.Optional(t.Union([DecimalText], { description: 'default: all that is due' })),
})
export type WriteOff = Static<typeof WriteOff>

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
})
export type LineFilters = Static<typeof LineFilters>

export const LinePath = object({ id: Uuid, line: IntegerText({ minimum: 1, maximum: 99_999_999 }) })

const Steps = t.Array(
  object({
    kind: t.String(),
    from: ExactDecimal,
    upTo: orNull(ExactDecimal),
    quantity: ExactDecimal,
    unitPrice: ExactDecimal,
    flatFee: ExactDecimal,
    amount: ExactDecimal,
    packageSize: t.Optional(ExactDecimal),
    freeUnits: t.Optional(ExactDecimal),
  }),
  { description: 'amount = quantity x unitPrice + flatFee; the amounts add up' },
)

const Proration = object(
  {
    from: Instant,
    to: Instant,
    periodFrom: Instant,
    periodTo: Instant,
    unit: oneOf(prorationUnits),
    numerator: t.Integer(),
    denominator: t.Integer(),
    fullAmount: t.Union([ExactDecimal], { description: 'what the whole charge period costs: `after`, exchanged' }),
  },
  { description: 'of a charge or a credit: the part of its charge period that it is for' },
)

export const Explanation = object(
  {
    line: t.Integer(),
    kind: oneOf(lineKinds),
    quantity: object({
      before: t.Union([ExactDecimal], { description: 'billed for these days in earlier periods' }),
      now: ExactDecimal,
      unit: t.String(),
    }),
    price: object({
      priceVersionId: Uuid,
      priceList: t.String({ description: 'its code' }),
      scope: oneOf(['subscription', 'buyer', 'plan_version', 'region', 'default'] as const),
      currency: CurrencyCode,
      validFrom: DayText,
      validTo: orNull(DayText),
      derivedFrom: orNull(RateOrigin),
    }),
    parts: t.Array(
      object({
        line: t.Integer(),
        serviceStart: DayText,
        serviceEnd: DayText,
        before: ExactDecimal,
        now: ExactDecimal,
      }),
      { description: 'all parts of the same month that share its running total, in time order' },
    ),
    terms: t.Union(
      [
        object({
          priceVersionId: Uuid,
          includedQuantity: orNull(ExactDecimal),
          minimum: orNull(ExactDecimal),
          maximum: orNull(ExactDecimal),
        }),
        t.Null(),
      ],
      { description: 'what holds once for the whole month, by the price that was in force at its end' },
    ),
    commitment: t.Union(
      [
        object({
          minimum: ExactDecimal,
          daysInForce: t.Integer(),
          daysInPeriod: t.Integer(),
          cameTo: ExactDecimal,
          cameToBefore: orNull(ExactDecimal),
        }),
        t.Null(),
      ],
      { description: 'of a minimum: what was committed, for which days, and what the usage came to, now and before' },
    ),
    pool: t.Union([object({ quantity: ExactDecimal, unrounded: ExactDecimal }), t.Null()], {
      description:
        'where tiers count over all of a buyer: what the buyer bought together and what that costs, which `after` adds up to; it is rounded once, and the line is its share by quantity',
    }),
    after: Steps,
    before: Steps,
    exchange: t.Union([PinnedExchange, t.Null()], { description: 'where the price is of another currency' }),
    proration: t.Optional(Proration),
    unrounded: t.Union([ExactDecimal], {
      description: 'the sum of `after` less the sum of `before`, at the rate of `exchange` where there is one',
    }),
    rounding: object({ digits: t.Integer(), mode: oneOf(['half away from zero'] as const) }),
    net: ExactDecimal,
    says: t.Array(t.String(), { description: 'the same in plain sentences, one per step' }),
  },
  { $id: 'LineExplanation', description: 'how a line came to its amount, computed again from its prices' },
)
export type Explanation = Static<typeof Explanation>

export const DiscountExplanation = object(
  {
    line: t.Integer(),
    kind: oneOf(['discount'] as const),
    amendsLine: t.Integer(),
    discount: object({
      discountId: Uuid,
      name: t.String(),
      scope: t.String(),
      kind: t.String(),
      value: ExactDecimal,
    }),
    base: t.Union([ExactDecimal], { description: 'what was left of the line before this discount' }),
    unrounded: ExactDecimal,
    net: ExactDecimal,
    says: t.Array(t.String(), { description: 'the same in plain sentences' }),
  },
  { $id: 'DiscountExplanation', description: 'what a discount took off a line' },
)
export type DiscountExplanation = Static<typeof DiscountExplanation>

export const TaxExplanations = object(
  {
    data: t.Array(
      object({
        category: t.String(),
        name: t.String(),
        rate: t.Union([ExactDecimal], { description: 'percent' }),
        base: t.Union([ExactDecimal], { description: 'the sum of the rounded lines of `parts`' }),
        unrounded: t.Union([ExactDecimal], { description: 'base x rate / 100' }),
        amount: t.Union([ExactDecimal], { description: 'rounded once, half away from zero' }),
        reason: orNull(t.String()),
        parts: t.Array(
          object({
            servicePeriod: PeriodText,
            lines: t.Integer(),
            net: ExactDecimal,
            taxRate: orNull(
              object({
                taxRateId: Uuid,
                country: t.String(),
                code: t.String(),
                validFrom: DayText,
                validTo: orNull(DayText),
              }),
            ),
          }),
        ),
      }),
    ),
  },
  { $id: 'TaxExplanations', description: 'how the taxes of a document came to their amounts' },
)
export type TaxExplanations = Static<typeof TaxExplanations>
