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
const Basis = oneOf(['net'], { description: 'the line net after discounts, before tax' })

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
  inheritable: t.Optional(
    t.Boolean({
      default: true,
      description: "the agent partners of a distributor without a rule take the distributor's",
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
  inheritable: t.Boolean(),
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

const Kind = oneOf(['earned'])

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
    currency: CurrencyCode,
    document: object({ id: Uuid, number: t.String(), line: t.Integer() }),
    lineNet: ExactDecimal,
    days: object({
      serviceStart: DayText,
      serviceEnd: DayText,
      earned: t.Integer({ description: 'days of the line that this rule version earns on' }),
      ofLine: t.Integer(),
    }),
    base: ExactDecimal,
    rule: object({
      ruleVersionId: Uuid,
      basis: Basis,
      scope: Scope,
      inherited: t.Boolean({ description: "the payee's distributor's rule, taken for want of an own one" }),
      tiers: t.Array(Tier),
    }),
    baseBefore: { ...ExactDecimal, description: "what the rule's scope held before this earning" },
    baseToDate: ExactDecimal,
    steps: t.Array(Step, { description: 'amount = base x percent / 100; they add up to `unrounded`' }),
    unrounded: ExactDecimal,
    rounded: { ...ExactDecimal, description: 'to the minor unit, half away from zero' },
    earnedBefore: ExactDecimal,
    amount: { ...ExactDecimal, description: 'rounded - earnedBefore' },
  },
  { $id: 'EarningExplanation' },
)
export type Explanation = Static<typeof Explanation>

const groupings = ['payee', 'payer'] as const
export const SummaryQuery = object({
  period: PeriodText,
  groupBy: t.Optional(oneOf(groupings, { description: 'payee by default' })),
  payeeId: t.Optional(Uuid),
})
export type SummaryQuery = Static<typeof SummaryQuery>

const SummaryRow = object({
  groupBy: oneOf(groupings),
  groupId: Uuid,
  name: orNull(t.String()),
  payerId: Uuid,
  payeeId: orNull(Uuid),
  period: PeriodText,
  side: oneOf(['payer', 'payee']),
  currency: CurrencyCode,
  estimated: {
    ...orNull(ExactDecimal),
    description: 'not earned yet: unbilled, drafted, and issued lines without an earning; null: unknown',
  },
  earned: ExactDecimal,
  reversed: ExactDecimal,
  approved: ExactDecimal,
  paid: ExactDecimal,
  lines: t.Integer({
    description: 'lines that earned or are estimated; one that spans a change of rule counts per rule',
  }),
  withoutRule: t.Integer({ description: 'lines on which no rule is in force: they earn nothing' }),
  parked: t.Integer({ description: 'buckets without a price: what they will earn is unknown' }),
  asOf: { ...orNull(Instant), description: 'when the latest of the buckets that are not billed was rated' },
})
export type SummaryRow = Static<typeof SummaryRow>

export const Summary = object({ data: t.Array(SummaryRow) }, { $id: 'CommissionSummary' })
export type Summary = Static<typeof Summary>
