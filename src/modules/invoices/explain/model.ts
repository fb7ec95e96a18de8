import { lineKinds } from '../../../billing/invoice.ts'
import { prorationUnits } from '../../../billing/prorate.ts'
import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  Instant,
  object,
  oneOf,
  orNull,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'
import { PinnedExchange } from '../../pricing/fx/model.ts'
import { RateOrigin } from '../../pricing/model.ts'

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
      counted: t.Optional(
        t.String({ description: 'how usage became this quantity, where it was not simply added up' }),
      ),
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
          daysNotListed: t.Integer(),
          daysInPeriod: t.Integer(),
          cameTo: ExactDecimal,
          cameToBefore: orNull(ExactDecimal),
        }),
        t.Null(),
      ],
      {
        description:
          'of a minimum: what was committed, for how many days, and what the usage came to, now and before; days of the line on which the plan did not list the SKU are not among them',
      },
    ),
    pool: t.Union(
      [object({ quantity: ExactDecimal, quantityBefore: ExactDecimal, unrounded: ExactDecimal }), t.Null()],
      {
        description:
          'where tiers count over all of a buyer: what the buyer bought together, after what was rated of it in earlier months, and what that costs, the sum of `after` less the sum of `before`; it is rounded once, and the line is its share by quantity',
      },
    ),
    after: Steps,
    before: Steps,
    exchange: t.Union([PinnedExchange, t.Null()], { description: 'where the price is of another currency' }),
    proration: t.Optional(Proration),
    unrounded: t.Union([ExactDecimal], {
      description: 'the sum of `after` less the sum of `before`, at the rate of `exchange` where there is one',
    }),
    rounding: object({ digits: t.Integer(), mode: oneOf(['half away from zero'] as const) }),
    net: ExactDecimal,
    corrected: t.Optional(
      object(
        { from: ExactDecimal, to: ExactDecimal, reason: t.String() },
        { description: 'of a document that was issued anew: what its seller put in place of what was computed' },
      ),
    ),
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
    share: t.Optional(
      object(
        {
          resource: t.String(),
          used: t.Union([ExactDecimal], { description: 'what the resource used' }),
          quantity: t.Union([ExactDecimal], { description: 'of the line' }),
          left: t.Union([ExactDecimal], { description: 'of its share, before this discount, to 12 digits' }),
        },
        { description: 'where the discount is on what one resource used' },
      ),
    ),
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
