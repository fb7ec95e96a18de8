import {
  CurrencyCode,
  DayText,
  DecimalText,
  ExactDecimal,
  Instant,
  Name,
  object,
  PageOf,
  pageQuery,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'

export const NewExchangeRate = object({
  from: CurrencyCode,
  to: CurrencyCode,
  rate: { ...DecimalText, description: 'so many units of `to` are one unit of `from`; above zero' },
  validFrom: { ...DayText, description: 'the first day it is in force, until a newer one of the pair begins' },
  source: { ...Name(), description: 'who says so, as it is shown beside what was converted', examples: ['ECB'] },
})
export type NewExchangeRate = Static<typeof NewExchangeRate>

export const ExchangeRate = object(
  {
    id: Uuid,
    sellerId: Uuid,
    from: CurrencyCode,
    to: CurrencyCode,
    rate: ExactDecimal,
    validFrom: DayText,
    source: t.String(),
    createdAt: Instant,
  },
  { $id: 'ExchangeRate', description: 'kept for ever and never changed; a newer one takes over from its day' },
)
export type ExchangeRate = Static<typeof ExchangeRate>

export const ExchangeRatePage = PageOf(ExchangeRate)
export const ExchangeRateFilters = object({
  from: t.Optional(CurrencyCode),
  to: t.Optional(CurrencyCode),
  ...pageQuery,
})
export type ExchangeRateFilters = Static<typeof ExchangeRateFilters>

/** What an amount was converted at, in an explanation. */
export const PinnedExchange = object({
  fxRateId: Uuid,
  from: CurrencyCode,
  to: CurrencyCode,
  rate: ExactDecimal,
  validFrom: DayText,
  source: t.String(),
  amount: t.Union([ExactDecimal], { description: 'unrounded, before the conversion' }),
})
