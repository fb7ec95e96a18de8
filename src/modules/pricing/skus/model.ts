import { Instant, Name, object, oneOf, PageOf, pageQuery, type Static, t, Uuid } from '../../../platform/schema.ts'
import { maxDimensionKeyLength } from '../../usage/intake/limits.ts'

/** A code as people write it, unique in the catalog. */
export const SkuCode = Name(200)

const aggregations = ['sum', 'max', 'last', 'unique', 'weighted'] as const
/** How a SKU adds up. */
export const Aggregation = oneOf(aggregations, {
  description:
    'how the records of a month become one quantity; weighted: an interval holds its quantity while it lasts, an instant changes the level from then on, and what counts is the average over the month',
})
/** What a unique count counts; longer names of dimensions can't come in. */
export const UniqueBy = t.String({
  pattern: `^(resource|dimensions\\..{1,${maxDimensionKeyLength}})$`,
  description:
    'what a unique count counts the distinct values of: the `resource` of records, or one of their dimensions; by default the `resource`',
  examples: ['resource', 'dimensions.user'],
})

export const NewSku = object({
  code: SkuCode,
  name: Name(300),
  unit: Name(100),
  aggregation: t.Optional(Aggregation),
  uniqueBy: t.Optional(UniqueBy),
})
export type NewSku = Static<typeof NewSku>

export const Sku = object(
  {
    id: Uuid,
    code: t.String(),
    name: t.String(),
    unit: t.String(),
    aggregation: Aggregation,
    uniqueBy: t.Union([t.String(), t.Null()], { description: 'what a unique count counts; null for all others' }),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Sku' },
)
export type Sku = Static<typeof Sku>

export const SkuPage = PageOf(Sku)
export const SkuFilters = object({ code: t.Optional(SkuCode), ...pageQuery })
export type SkuFilters = Static<typeof SkuFilters>
