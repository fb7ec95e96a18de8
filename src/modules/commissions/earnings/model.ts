import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  Instant,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  PeriodText,
  t,
  Uuid,
  type Static,
} from '../../../platform/schema.ts'
import { Basis, Mode, Scope, Tier } from '../rules/model.ts'

const Kind = oneOf(['earned', 'retier', 'reversal'], {
  description:
    'retier: a credit note in the open period, tiered again, or a line that a retroactive rule computes again, what it earned ' +
    'before and what it earns instead; reversal: a credit note that came later',
})

const earningFields = {
  id: Uuid,
  payeeId: Uuid,
  payerId: Uuid,
  ruleVersionId: Uuid,
  documentId: Uuid,
  line: t.Integer(),
  kind: Kind,
  serviceStart: DayText,
  serviceEnd: DayText,
  base: ExactDecimal,
  baseToDate: { ...ExactDecimal, description: "of the rule's scope, this earning included" },
  amount: ExactDecimal,
  currency: CurrencyCode,
  period: PeriodText,
  reverses: { ...orNull(Uuid), description: 'the earning that a credit note reduces, or that is computed again' },
  shareOf: { ...orNull(Uuid), description: 'the earning that this one is a part of' },
  heldUntil: orNull(DayText),
  statementId: { ...Uuid, description: 'the statement that it stands on now' },
  payoutId: { ...orNull(Uuid), description: 'the batch that pays that statement, unless it came back' },
  createdAt: Instant,
  updatedAt: Instant,
}
export const Earning = object(earningFields, { $id: 'Earning' })
export type Earning = Static<typeof Earning>
export const EarningPage = PageOf(Earning)

export const EarningFilters = object({
  period: t.Optional(PeriodText),
  payeeId: t.Optional(Uuid),
  payerId: t.Optional(Uuid),
  documentId: t.Optional(Uuid),
  ruleVersionId: t.Optional(Uuid),
  kind: t.Optional(Kind),
  currency: t.Optional(CurrencyCode),
  tenantId: t.Optional({ ...Uuid, description: 'on lines for this tenant, where the reader sees their documents' }),
  statementId: t.Optional({ ...Uuid, description: 'that stand on this statement now' }),
  payoutId: t.Optional({ ...Uuid, description: 'that this batch pays' }),
  ...pageQuery,
})
export type EarningFilters = Static<typeof EarningFilters>

const Step = object({
  from: ExactDecimal,
  to: orNull(ExactDecimal),
  mode: Mode,
  base: ExactDecimal,
  percent: ExactDecimal,
  amount: ExactDecimal,
})

/** How an earning came about, from the line to the cent. */
export const Explanation = object(
  {
    earningId: Uuid,
    kind: Kind,
    currency: CurrencyCode,
    document: object({ id: Uuid, number: orNull(t.String()), line: t.Integer() }),
    lineNet: { ...orNull(ExactDecimal), description: 'null where the reader does not see the document' },
    lineBase: { ...orNull(ExactDecimal), description: 'the line net with the discounts that reduce it' },
    days: object({
      serviceStart: DayText,
      serviceEnd: DayText,
      earned: t.Integer({ description: 'days of the line that this rule version earns on' }),
      ofLine: orNull(t.Integer()),
    }),
    cost: {
      ...orNull(ExactDecimal),
      description:
        "by a rule on the margin, for its payer alone: what it pays itself for these days; with `base` it is the days' part of the line",
    },
    base: ExactDecimal,
    rule: object({
      ruleVersionId: Uuid,
      basis: Basis,
      scope: Scope,
      inherited: t.Boolean({
        description: "the rule of the payee's distributor, which holds where the payee has none",
      }),
      tiers: t.Array(Tier),
      cap: orNull(ExactDecimal),
      floor: orNull(ExactDecimal),
    }),
    baseBefore: { ...ExactDecimal, description: "what the rule's scope held before this earning" },
    baseToDate: ExactDecimal,
    steps: t.Array(Step, { description: 'amount = base x percent / 100; they add up to `unrounded`' }),
    unrounded: ExactDecimal,
    rounded: { ...ExactDecimal, description: 'to the minor unit, half away from zero' },
    uncappedToDate: {
      ...orNull(ExactDecimal),
      description: 'what the lines of the period earned before cap and floor',
    },
    earnedBefore: ExactDecimal,
    earnedToDate: { ...ExactDecimal, description: 'within cap and floor' },
    whole: { ...ExactDecimal, description: 'earnedToDate - earnedBefore: what all parts of the earning add up to' },
    takesBack: orNull(
      object(
        { earningId: Uuid, base: ExactDecimal, amount: ExactDecimal },
        {
          description:
            'what is taken back from, as it stood: a reversal is the share of its amount that is taken of its base',
        },
      ),
    ),
    eventId: {
      ...orNull(Uuid),
      description: 'the payment, credit balance or credit note that changed what is collected, where that is earned on',
    },
    part: object(
      { shareOf: orNull(Uuid), percent: ExactDecimal, heldUntil: orNull(DayText) },
      { description: 'the part that this earning is of the whole; the parts add up to it exactly' },
    ),
    amount: ExactDecimal,
  },
  { $id: 'EarningExplanation' },
)
export type Explanation = Static<typeof Explanation>
