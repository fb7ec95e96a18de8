import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  object,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'

/** What figures were converted at, to be told beside them. */
export const ReportingRates = t.Array(
  object({
    period: PeriodText,
    from: CurrencyCode,
    to: CurrencyCode,
    rate: ExactDecimal,
    fxRateId: Uuid,
    validFrom: DayText,
    source: t.String(),
  }),
  {
    description: 'one per currency and month: your own rate of the pair, else the platform’s, of the month’s last day',
  },
)
export type ReportingRates = Static<typeof ReportingRates>
