import {
  CurrencyCode,
  ExactDecimal,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'
import { periodRange, scopeFilters } from '../summary/model.ts'
import { ReportingRates } from '../summary/reporting-model.ts'

/** What a waterfall's rows stand for. */
const waterfallGroupings = ['subscription', 'tenant', 'partner', 'distributor', 'sku', 'month'] as const

export const WaterfallQuery = object({
  ...pageQuery,
  ...periodRange,
  ...scopeFilters,
  groupBy: t.Optional(oneOf(waterfallGroupings, { description: 'default: tenant' })),
  currency: t.Optional(
    t.String({
      pattern: CurrencyCode.pattern ?? '',
      description: 'what everything is told in; default: your own currency',
    }),
  ),
})
export type WaterfallQuery = Static<typeof WaterfallQuery>

const Unknown = (description: string) => t.Union([ExactDecimal, t.Null()], { description })

export const WaterfallRow = object(
  {
    groupBy: oneOf(waterfallGroupings),
    groupId: t.Union([Uuid, PeriodText, t.Null()], { description: 'an id, or the month; null: the level is skipped' }),
    name: orNull(t.String()),
    period: PeriodText,
    lastPeriod: PeriodText,
    currency: CurrencyCode,
    rates: ReportingRates,
    platformCost: Unknown('what the platform pays its suppliers; null where it is unknown or not yours to see'),
    sellers: t.Array(
      object({
        sellerId: Uuid,
        name: orNull(t.String()),
        bought: Unknown('for what it bought the same usage'),
        sold: Unknown('for what it sold it to its direct buyers'),
        margin: Unknown('sold - bought; null where one of them is unknown or not yours to see'),
        after: object(
          {
            bought: Unknown('bought, less what was credited to it'),
            sold: Unknown('sold, less what it credited'),
            margin: Unknown('sold - bought, each after corrections'),
          },
          { description: 'the same after credit notes, documents issued anew and corrections' },
        ),
      }),
      { description: 'from the platform down, those whose sales you see' },
    ),
    tenantTotal: Unknown('what tenants are charged; null where it is unknown or not yours to see'),
    sum: Unknown('tenantTotal - platformCost'),
    gap: Unknown('sum less all margins: 0 when everything is accounted for'),
    after: object(
      {
        tenantTotal: Unknown('what tenants are charged, less what was credited to them'),
        sum: Unknown('tenantTotal - platformCost: a credit note changes no cost'),
        gap: Unknown('sum less all margins: 0 when everything is accounted for'),
      },
      { description: 'the same after credit notes, documents issued anew and corrections' },
    ),
    missing: t.Array(oneOf(['price', 'rate_of_exchange', 'cost'] as const), {
      description:
        'why figures are unknown: rate_of_exchange also where a price, or what suppliers ask, waits for one; the parked lines of the summary say which (side=cost: of what suppliers ask)',
    }),
  },
  {
    $id: 'WaterfallRow',
    description:
      'the same usage priced on every edge that you see, net of discounts and before tax, as it was billed and after what was corrected since; commissions stand beside margins, not in them',
  },
)
export type WaterfallRow = Static<typeof WaterfallRow>

export const WaterfallPage = PageOf(WaterfallRow)
