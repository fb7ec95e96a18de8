import { lineKinds } from '../../../billing/invoice.ts'
import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  object,
  oneOf,
  orNull,
  pageQuery,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'
import { groupings, periodRange, scopeFilters, sides } from './model.ts'

/** The figures of a summary row that are made of lines. */
const explainedFigures = ['unbilled', 'draft', 'billed', 'credited'] as const

export const ExplainQuery = object({
  ...pageQuery,
  ...periodRange,
  ...scopeFilters,
  figure: oneOf(explainedFigures, { description: 'which figure of the row' }),
  side: t.Optional(oneOf(sides, { description: 'as in the summary' })),
  groupBy: t.Optional(
    oneOf(
      groupings.filter((one) => one !== 'region' && one !== 'day'),
      { description: 'as in the summary; default: subscription' },
    ),
  ),
  groupId: t.Optional(
    t.String({
      pattern: '^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\\d{4}-\\d{2})$',
      description: 'of the row, nil for a skipped level; none: all rows together',
    }),
  ),
  currency: t.String({ pattern: CurrencyCode.pattern ?? '', description: 'of the row' }),
})
export type ExplainQuery = Static<typeof ExplainQuery>

export const ExplainedLine = object({
  kind: oneOf(lineKinds),
  period: PeriodText,
  tenantId: Uuid,
  subscriptionId: Uuid,
  sku: t.String(),
  unit: t.String(),
  serviceStart: DayText,
  serviceEnd: t.String({ pattern: DayText.pattern ?? '', description: 'the first day after' }),
  quantity: ExactDecimal,
  unrounded: t.Union([ExactDecimal, t.Null()], { description: 'null where it waits for a price' }),
  net: t.Union([ExactDecimal, t.Null()], { description: 'rounded once; these add up to the figure' }),
  tax: t.Union([ExactDecimal, t.Null()], {
    description: 'its share in the taxes of its document, or of the draft to come; these add up to the tax',
  }),
  parkedFor: orNull(t.String()),
  invoiceId: orNull(Uuid),
  line: orNull(t.Integer()),
  says: t.String({ description: 'the line in words' }),
  explanation: t.Union([t.String(), t.Null()], {
    description: 'where it is told how the amount came about; null for what has no price',
  }),
})
export type ExplainedLine = Static<typeof ExplainedLine>

export const ExplainedFigure = object(
  {
    figure: oneOf(explainedFigures),
    currency: CurrencyCode,
    net: t.Union([ExactDecimal, t.Null()], { description: 'of all pages together; null where all lines wait' }),
    tax: t.Union([ExactDecimal, t.Null()], {
      description: 'of all pages together; null where it is unknown. A document explains its taxes itself',
    }),
    lines: t.Integer({ description: 'on all pages together' }),
    parked: t.Integer({ description: 'how many of the lines wait for a price or a rate: they are in no amount' }),
    says: t.String(),
    data: t.Array(ExplainedLine),
    page: object({ nextCursor: orNull(t.String()), hasMore: t.Boolean() }),
  },
  { $id: 'ExplainedFigure', description: 'the lines that add up to one figure of a summary row' },
)
export type ExplainedFigure = Static<typeof ExplainedFigure>

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const month = '\\d{4}-\\d{2}'

/** A rated bucket, the line of an estimate: period, edge, subscription, SKU, month of service, region, first day, kind. */
export const BucketPath = object({
  key: t.String({ pattern: `^${month}:${uuid}:${uuid}:${uuid}:${month}:${uuid}:${month}-\\d{2}:[a-zA-Z]{1,20}$` }),
})
