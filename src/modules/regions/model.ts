import {
  DayText,
  DecimalText,
  ExactDecimal,
  Instant,
  Name,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  type Static,
  t,
  Uuid,
  Text,
} from '../../platform/schema.ts'

const CutOff = t.String({
  pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
  examples: ['02:00'],
  description: 'how long after local midnight the day before is rated, hh:mm',
})
const RecordSemantics = oneOf(['event', 'hour', 'total'] as const, {
  description:
    'what one record of the source is: an event, known by its id; all that a resource used in a UTC hour; or all that it ' +
    'used in the interval. Of the latter two there is one per subscription, meter or SKU, resource, dimensions and time: ' +
    'the same again is a duplicate, another quantity a conflict. A record below zero takes back, and is an event',
})
export type RecordSemantics = Static<typeof RecordSemantics>
const LateLimitHours = t.Integer({
  minimum: 1,
  maximum: 87_600,
  description: 'records that ended longer ago when they come are rejected; none: any record is taken',
})
const TimeZone = Text(64, { examples: ['Europe/Berlin'], description: 'an IANA zone' })

export const NewRegion = object({
  code: Name(100),
  name: Name(),
  timeZone: TimeZone,
  cutOff: t.Optional(CutOff),
  recordSemantics: t.Optional(RecordSemantics),
  lateLimitHours: t.Optional(orNull(LateLimitHours)),
})
export type NewRegion = Static<typeof NewRegion>

export const RegionChange = t.Partial(NewRegion, { additionalProperties: false, minProperties: 1 })
export type RegionChange = Static<typeof RegionChange>

export const Region = object(
  {
    id: Uuid,
    code: t.String(),
    name: t.String(),
    timeZone: t.String(),
    cutOff: CutOff,
    recordSemantics: RecordSemantics,
    lateLimitHours: orNull(t.Integer()),
    state: oneOf(['active', 'paused'] as const),
    completeUntil: t.Union([Instant, t.Null()], { description: 'everything before this instant was sent' }),
    lastBatchAt: t.Union([Instant, t.Null()], { description: 'shown to the platform only' }),
    nightlyDueAt: Instant,
    lastNight: t.Union([DayText, t.Null()], { description: 'the last local day that was rated by the nightly run' }),
    lastNightAt: orNull(Instant),
    createdAt: Instant,
    updatedAt: Instant,
  },
  { $id: 'Region' },
)
export type Region = Static<typeof Region>
export const RegionPage = PageOf(Region)

export const RegionFilters = object({
  ...pageQuery,
  code: t.Optional(Name(100)),
  state: t.Optional(oneOf(['active', 'paused'] as const)),
})
export type RegionFilters = Static<typeof RegionFilters>

export const Watermark = object({ completeUntil: Instant })
export type Watermark = Static<typeof Watermark>

export const NewMeter = object({
  meter: Text(200, { description: 'what the source calls it' }),
  sku: Text(200, { description: 'the code of our SKU' }),
  factor: t.Optional(DecimalText),
  validFrom: t.Optional(DayText),
  validTo: t.Optional(orNull(DayText)),
})
export type NewMeter = Static<typeof NewMeter>

export const MeterEnd = object({ validTo: DayText })
export type MeterEnd = Static<typeof MeterEnd>

export const Meter = object(
  {
    id: Uuid,
    regionId: Uuid,
    meter: t.String(),
    sku: t.String(),
    skuId: Uuid,
    factor: ExactDecimal,
    validFrom: DayText,
    validTo: orNull(DayText),
  },
  { $id: 'Meter' },
)
export type Meter = Static<typeof Meter>
export const MeterPage = PageOf(Meter)

export const MeterFilters = object({ ...pageQuery, meter: t.Optional(Text(200)) })
export type MeterFilters = Static<typeof MeterFilters>
