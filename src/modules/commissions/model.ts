import {
  CurrencyCode,
  DayText,
  DecimalText,
  ExactDecimal,
  Instant,
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

const Mode = oneOf(['marginal', 'whole'], {
  description: 'marginal: each part of the base at its own tier; whole: all of it, back to the start of the scope',
})
const Scope = oneOf(['line', 'period'], { description: 'tiers count per document line, or on the period to date' })
const Basis = oneOf(['net', 'margin', 'collected'], {
  description:
    'net: the line net after discounts, before tax; margin: that less what the payer pays for the same service; ' +
    'collected: the part of the net that was paid',
})
export type Basis = Static<typeof Basis>
const Trigger = oneOf(['issued', 'paid'], {
  description:
    'when a line earns: with its document, or once that is paid, in the month of the payment. Of basis collected each ' +
    'payment earns its part',
})
export type Trigger = Static<typeof Trigger>
const percentOf = (description: string) => ({ ...DecimalText, description })

const NewTier = object({
  from: t.Optional({ ...DecimalText, description: 'where the tier before ends' }),
  to: orNull(DecimalText),
  percent: DecimalText,
  mode: t.Optional(Mode),
})

export const NewRule = object({
  payeeId: { ...Uuid, description: 'an agent whose seller of record is the acting organization' },
  currency: t.Optional({ ...CurrencyCode, description: "of the documents it earns on; default: the payer's own" }),
  basis: Basis,
  scope: Scope,
  mode: t.Optional({ ...Mode, description: 'of the tiers that do not say theirs; marginal by default' }),
  tiers: t.Array(NewTier, {
    maxItems: 100,
    description: 'side by side from 0, bounds [from, to), the last one open (null)',
  }),
  trigger: t.Optional(Trigger),
  skus: t.Optional(
    t.Array(t.String({ minLength: 1, maxLength: 200 }), {
      minItems: 1,
      maxItems: 1000,
      uniqueItems: true,
      description: 'codes of the SKUs that earn; all without it',
    }),
  ),
  planIds: t.Optional(
    t.Array(Uuid, { minItems: 1, maxItems: 1000, uniqueItems: true, description: 'plans that earn; all without it' }),
  ),
  cap: t.Optional({ ...DecimalText, description: 'the most that the payee earns by this rule in a period' }),
  floor: t.Optional({ ...DecimalText, description: 'the least, where the period has a positive base at all' }),
  holdDays: t.Optional(
    t.Integer({ minimum: 0, maximum: 730, description: 'days after the document until it is free for payment' }),
  ),
  holdBackPercent: t.Optional(percentOf('the part that waits for the hold days; 100 by default')),
  split: t.Optional(
    t.Array(object({ payeeId: Uuid, percent: percentOf('of each earning; what is left stays with the payee') }), {
      maxItems: 20,
      description: 'agents of the acting organization with whom each earning is shared',
    }),
  ),
  inheritable: t.Optional(
    t.Boolean({
      default: true,
      description: "the agent partners of a distributor without a rule take the distributor's",
    }),
  ),
  retroactive: t.Optional(
    t.Boolean({
      default: false,
      description:
        'holds from the first day of the month in which it begins, in place of the versions before it; what they earned is ' +
        'computed again by the next run, and the difference earned as `retier`. Not with the trigger paid',
    }),
  ),
  validFrom: DayText,
  validTo: t.Optional({ ...DayText, description: 'the first day that is not covered; open without it' }),
})
export type NewRule = Static<typeof NewRule>

const Tier = object({ from: ExactDecimal, to: orNull(ExactDecimal), percent: ExactDecimal, mode: Mode })
export type Tier = Static<typeof Tier>

const ruleFields = {
  id: Uuid,
  payerId: Uuid,
  payeeId: Uuid,
  currency: CurrencyCode,
  basis: Basis,
  scope: Scope,
  tiers: t.Array(Tier),
  trigger: Trigger,
  skuIds: orNull(t.Array(Uuid)),
  planIds: orNull(t.Array(Uuid)),
  cap: orNull(ExactDecimal),
  floor: orNull(ExactDecimal),
  holdDays: t.Integer(),
  holdBackPercent: ExactDecimal,
  split: t.Array(
    object({
      payeeId: { ...orNull(Uuid), description: 'null where the reader may not know who it is' },
      percent: ExactDecimal,
    }),
  ),
  inheritable: t.Boolean(),
  retroactive: t.Boolean(),
  validFrom: DayText,
  validTo: orNull(DayText),
  createdAt: Instant,
  updatedAt: Instant,
}
export const Rule = object(ruleFields, { $id: 'CommissionRule' })
export type Rule = Static<typeof Rule>
export const RulePage = PageOf(Rule)

export const RuleFilters = object({ payeeId: t.Optional(Uuid), payerId: t.Optional(Uuid), ...pageQuery })
export type RuleFilters = Static<typeof RuleFilters>

const Together = object(
  {
    percent: ExactDecimal,
    agents: t.Array(object({ payeeId: Uuid, ruleVersionId: Uuid, inherited: t.Boolean(), percent: ExactDecimal })),
  },
  { description: 'the most that agents earn together on one line below, each at the highest percent of its rule' },
)

/** A new rule, the open-ended one that it ended, and what it adds up to with the other agents' rules. */
export const RuleMade = object({ ...ruleFields, endedRuleId: orNull(Uuid), together: Together })
export type RuleMade = Static<typeof RuleMade>

export const RuleEnd = object({ validTo: { ...DayText, description: 'the first day that is not covered any more' } })
export type RuleEnd = Static<typeof RuleEnd>

export const NewRun = object({ period: PeriodText })
export type NewRun = Static<typeof NewRun>

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
  statementId: Uuid,
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
      inherited: t.Boolean({ description: "the payee's distributor's rule, taken for want of an own one" }),
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
