import {
  CurrencyCode,
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
  Text,
} from '../../../platform/schema.ts'
import { ReportingRates } from './reporting-model.ts'

/** What a summary's rows stand for. */
export const groupings = ['subscription', 'tenant', 'partner', 'distributor', 'sku', 'region', 'month', 'day'] as const
export type Grouping = (typeof groupings)[number]

/** How the caller stands to the edges of a summary. `cost`: what the platform pays its suppliers. */
export const sides = ['buy', 'sell', 'agency', 'cost'] as const
export type Side = (typeof sides)[number]

/** Which months: one, or a range of months with both ends in it. */
export const periodRange = {
  period: t.Optional(PeriodText),
  'period[gte]': t.Optional(PeriodText),
  'period[lte]': t.Optional(PeriodText),
}

/** What narrows a summary down. */
export const scopeFilters = {
  subscriptionId: t.Optional(Uuid),
  tenantId: t.Optional(Uuid),
  partnerId: t.Optional(Uuid),
  distributorId: t.Optional(Uuid),
  sku: t.Optional(Name()),
}

export const SummaryQuery = object({
  ...pageQuery,
  ...periodRange,
  ...scopeFilters,
  region: t.Optional(Text(100, { description: 'quantities of this region; no amounts' })),
  groupBy: t.Optional(oneOf(groupings, { description: 'default: subscription' })),
  side: t.Optional(
    oneOf(sides, {
      description:
        'default: what the organization mostly is: a tenant buys, an agent is between, resellers and the platform sell. cost: only the platform, what it pays by its cost list',
    }),
  ),
  displayCurrency: t.Optional(
    t.String({
      pattern: CurrencyCode.pattern ?? '',
      description: 'also tells each row in this currency, beside its own',
    }),
  ),
  asOf: t.Optional(
    t.String({
      pattern: Instant.pattern ?? '',
      description: 'what was issued by this instant; what was estimated or drafted then is not kept. Default: now',
    }),
  ),
  compare: t.Optional(
    oneOf(['previous'] as const, { description: 'each row beside the months of the same number before it' }),
  ),
  compareAsOf: t.Optional(
    t.String({ pattern: Instant.pattern ?? '', description: 'each row beside what was issued by this instant' }),
  ),
})
export type SummaryQuery = Static<typeof SummaryQuery>

const Figures = orNull(object({ net: ExactDecimal, tax: ExactDecimal, total: ExactDecimal }))

const Estimate = t.Union(
  [
    object({
      net: t.Union([ExactDecimal], { description: 'after the discounts that are in force' }),
      tax: t.Union([ExactDecimal, t.Null()], {
        description:
          'by the rules and rates that drafts are taxed by; null while a rate or the country of the buyer is unknown. Of a seller without a tax profile 0: its documents have no tax, and say so',
      }),
      total: t.Union([ExactDecimal, t.Null()], { description: 'net + tax; null where the tax is unknown' }),
    }),
    t.Null(),
  ],
  {
    description:
      'what the next draft of the seller comes to as things are: rated, reduced and taxed as a billing run does it. Follows usage, prices, discounts and taxes within seconds, a document of many thousands of lines within minutes. What the buyer has in credit pays a document and is in no figure',
  },
)

const figures = { unbilled: Estimate, draft: Figures, billed: Figures, credited: Figures }

const quantityBySku = t.Record(t.String(), ExactDecimal, { description: 'by SKU code' })

const PeriodState = oneOf(['open', 'ended', 'closed'] as const)

const Display = object(
  {
    currency: CurrencyCode,
    ...figures,
    rates: ReportingRates,
    isMixed: t.Boolean({ description: 'the months of the row were converted at different rates' }),
  },
  {
    description:
      'each line converted at the rate of its month and rounded, then summed; null where a rate is missing. Never booked',
  },
)

const Comparison = object({
  period: PeriodText,
  lastPeriod: PeriodText,
  asOf: orNull(Instant),
  quantityBySku,
  ...figures,
  change: t.Union(
    [
      object({
        net: ExactDecimal,
        percent: t.Union([ExactDecimal, t.Null()], { description: 'null where there was nothing before' }),
      }),
      t.Null(),
    ],
    { description: 'of unbilled + draft + billed - credited; null where one of them is unknown' },
  ),
})

const NextTiers = t.Array(
  object({
    sku: t.String(),
    unit: t.String(),
    region: t.Union([t.String(), t.Null()], { description: 'code of the region whose own price this is' }),
    quantity: t.Union([ExactDecimal], { description: 'used in the month so far' }),
    above: t.Union([ExactDecimal], { description: 'what is used beyond this is in the next tier' }),
    distance: t.Union([ExactDecimal], { description: 'units left in the present tier' }),
    unitPrice: t.Union([ExactDecimal], { description: 'in the next tier, in the currency of the price' }),
    flatFee: ExactDecimal,
    packageSize: t.Optional({ ...ExactDecimal, description: 'where the price is for a package of so many units' }),
    priceVersionId: Uuid,
  }),
)

const Links = object({
  unbilled: t.Union([t.String()], { description: 'the lines that add up to the figure' }),
  draft: orNull(t.String()),
  billed: orNull(t.String()),
  credited: orNull(t.String()),
  invoices: t.Union([t.String(), t.Null()], { description: 'documents with a line of the row; null of what has none' }),
  creditNotes: orNull(t.String()),
})

export const SummaryRow = object(
  {
    groupBy: oneOf(groupings),
    groupId: t.Union([Uuid, t.String({ pattern: '^\\d{4}-\\d{2}(-\\d{2})?$' }), t.Null()], {
      description: 'an id, or the month or day; null: the level is skipped',
    }),
    name: orNull(t.String()),
    period: PeriodText,
    lastPeriod: t.Union([PeriodText], { description: 'the last month of the range; else the same as period' }),
    side: oneOf(sides),
    currency: t.Union([CurrencyCode, t.Null()], { description: 'null where no amount can be told' }),
    quantityBySku,
    ...figures,
    parked: object(
      { lines: t.Integer(), reasons: t.Array(t.String()) },
      { description: 'lines without an amount yet: the figures of the row do not hold them' },
    ),
    asOf: orNull(Instant),
    basis: oneOf(['present', 'issuedDocuments'] as const, {
      description:
        'issuedDocuments: a past state is that of the documents issued by then; estimates and drafts of then are not kept and null',
    }),
    periodState: t.Union([PeriodState], { description: 'of a range: closed when all are, open when one is' }),
    accrued: t.Union([t.Array(object({ currency: CurrencyCode, amount: ExactDecimal })), t.Null()], {
      description:
        'by day of one month: what the day adds to the running totals of the month’s own usage, F(end of day) - F(start of day), unrounded and before reductions; the days add up to the month. A tier belongs to no day: the day that reaches it is the first to pay its price. Null for other rows, and where there are more than 2,000 lines: narrow the summary down',
    }),
    nextTiers: t.Union([NextTiers, t.Null()], {
      description: 'by subscription in one month: SKUs with a tier still to come; null for other rows',
    }),
    display: t.Union([Display, t.Null()], { description: 'null where no display currency was asked for' }),
    comparison: t.Union([Comparison, t.Null()], { description: 'null where none was asked for' }),
    links: t.Union([Links, t.Null()], {
      description:
        'what the figures of the row consist of: paths of lists, narrowed down to it. Null by region and day, and of a past state',
    }),
  },
  { $id: 'SummaryRow', description: 'unbilled is an estimate; a figure is null where it is unknown, never 0' },
)
export type SummaryRow = Static<typeof SummaryRow>

export const SummaryPage = PageOf(SummaryRow)
