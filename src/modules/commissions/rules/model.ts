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
  type Static,
  t,
  Uuid,
  Text,
} from '../../../platform/schema.ts'

export const Mode = oneOf(['marginal', 'whole'], {
  description: 'marginal: each part of the base at its own tier; whole: all of it, back to the start of the scope',
})
export const Scope = oneOf(['line', 'period'], {
  description: 'tiers count per document line, or on the period to date',
})
export const Basis = oneOf(['net', 'margin', 'collected'], {
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
    t.Array(Text(200), {
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

export const Tier = object({ from: ExactDecimal, to: orNull(ExactDecimal), percent: ExactDecimal, mode: Mode })
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
