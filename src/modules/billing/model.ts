import {
  CurrencyCode,
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
import { statesOf } from '../../billing/states.ts'

export const NewRun = object({
  period: PeriodText,
  issue: t.Optional(
    t.Boolean({ description: 'go on to issuing where the period is closed; default: drafts wait for POST …/issue' }),
  ),
})
export type NewRun = Static<typeof NewRun>

export const Run = object(
  {
    id: Uuid,
    sellerId: Uuid,
    period: PeriodText,
    state: oneOf(statesOf('billingRun')),
    issue: t.Boolean(),
    jobId: Uuid,
    invoices: t.Integer({ description: 'documents, without discarded ones' }),
    lines: t.Integer(),
    parked: t.Integer({ description: 'documents that wait for a person' }),
    issued: t.Integer(),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'BillingRun' },
)
export type Run = Static<typeof Run>

export const RunPage = PageOf(Run)

export const RunFilters = object({
  ...pageQuery,
  period: t.Optional(PeriodText),
  state: t.Optional(oneOf(statesOf('billingRun'))),
})
export type RunFilters = Static<typeof RunFilters>

/** 202: poll the job; the run says what came of it. */
export const RunAccepted = object({ jobId: Uuid, runId: Uuid })
export type RunAccepted = Static<typeof RunAccepted>

/** What a summary's rows stand for. */
export const groupings = ['subscription', 'tenant', 'partner', 'distributor', 'sku', 'region'] as const
export type Grouping = (typeof groupings)[number]

/** How the caller stands to the edges of a summary. `cost`: what the platform pays its suppliers. */
export const sides = ['buy', 'sell', 'agency', 'cost'] as const
export type Side = (typeof sides)[number]

export const SummaryQuery = object({
  ...pageQuery,
  period: PeriodText,
  groupBy: t.Optional(oneOf(groupings, { description: 'default: subscription' })),
  side: t.Optional(
    oneOf(sides, {
      description:
        'default: what the organization mostly is: a tenant buys, an agent is between, resellers and the platform sell. cost: only the platform, what it pays by its cost list',
    }),
  ),
})
export type SummaryQuery = Static<typeof SummaryQuery>

const Figures = orNull(object({ net: ExactDecimal, tax: ExactDecimal, total: ExactDecimal }))

export const SummaryRow = object(
  {
    groupBy: oneOf(groupings),
    groupId: t.Union([Uuid, t.Null()], { description: 'null: the level is skipped' }),
    name: orNull(t.String()),
    period: PeriodText,
    side: oneOf(sides),
    currency: t.Union([CurrencyCode, t.Null()], { description: 'null where no amount can be told' }),
    quantityBySku: t.Record(t.String(), ExactDecimal, { description: 'by SKU code' }),
    unbilled: Figures,
    draft: Figures,
    billed: Figures,
    credited: Figures,
    parked: object(
      { lines: t.Integer(), reasons: t.Array(t.String()) },
      { description: 'lines without an amount yet: the figures of the row do not hold them' },
    ),
    asOf: orNull(Instant),
    periodState: oneOf(['open', 'ended', 'closed'] as const),
  },
  { $id: 'SummaryRow', description: 'unbilled is an estimate; a figure is null where it is unknown, never 0' },
)
export type SummaryRow = Static<typeof SummaryRow>

export const SummaryPage = PageOf(SummaryRow)
