import {
  CurrencyCode,
  DayText,
  ExactDecimal,
  object,
  oneOf,
  orNull,
  pageQuery,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'
import { sides } from '../../sides.ts'
import { Code, PriceScopeName, ShownRate } from '../model.ts'
import { Aggregation, SkuCode } from '../skus/model.ts'

/** How the caller stands to the edge whose prices it asks for. */
export type Side = (typeof sides)[number]

export const SheetQuery = object({
  side: t.Optional(oneOf(sides, { description: 'by default agency for agents, else buy' })),
  day: t.Optional({ ...DayText, description: 'by default today' }),
  sku: t.Optional(SkuCode),
  buyerId: t.Optional({ ...Uuid, description: 'the price for this buyer' }),
  subscriptionId: t.Optional({ ...Uuid, description: 'the price for this subscription' }),
  region: t.Optional(Code),
  ...pageQuery,
})
export type SheetQuery = Static<typeof SheetQuery>

const WinningList = object({
  id: Uuid,
  code: t.String(),
  scope: PriceScopeName,
  validFrom: DayText,
  validTo: orNull(DayText),
})

const SheetExchange = object({ fxRateId: Uuid, rate: ExactDecimal, validFrom: DayText, source: t.String() })

const SheetRow = object({
  skuId: Uuid,
  sku: t.String(),
  name: t.String(),
  unit: t.String(),
  aggregation: Aggregation,
  rate: orNull(ShownRate),
  rateCurrency: t.Union([CurrencyCode, t.Null()], { description: 'what the rate is in; else converted by `exchange`' }),
  exchange: t.Union([SheetExchange, t.Null()], { description: 'how the rate is billed in the currency of the sheet' }),
  unknownFor: orNull(oneOf(['no_price', 'no_fx_rate'], { description: 'why there is no rate; unknown is never 0' })),
  list: orNull(WinningList),
})
export type SheetRow = Static<typeof SheetRow>

export const PriceSheet = object(
  {
    day: DayText,
    side: oneOf(sides),
    sellerId: Uuid,
    buyerId: orNull(Uuid),
    currency: CurrencyCode,
    data: t.Array(SheetRow),
    page: object({ nextCursor: orNull(t.String()), hasMore: t.Boolean() }),
  },
  { $id: 'PriceSheet' },
)
export type PriceSheet = Static<typeof PriceSheet>
