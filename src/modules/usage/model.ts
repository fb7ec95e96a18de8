import {
  Accepted,
  DayText,
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
} from '../../platform/schema.ts'

const RegionCode = Name(100)
const Count = t.Integer({ minimum: 0 })

export const PostedUsage = object({
  region: RegionCode,
  strict: t.Optional(t.Boolean({ default: false, description: 'one faulty record refuses the whole batch' })),
  completeUntil: t.Optional(Instant),
})
export type PostedUsage = Static<typeof PostedUsage>

export const AcceptedBatch = object({ ...Accepted.properties, batchId: Uuid, sent: Count })
export type AcceptedBatch = Static<typeof AcceptedBatch>

const batchStates = ['received', 'processing', 'parked', 'done'] as const

export const Batch = object(
  {
    id: Uuid,
    jobId: Uuid,
    region: t.String(),
    format: oneOf(['json', 'ndjson', 'csv', 'focus'] as const),
    strict: t.Boolean(),
    completeUntil: orNull(Instant),
    state: oneOf(batchStates),
    sent: Count,
    accepted: Count,
    duplicate: Count,
    conflict: Count,
    quarantined: Count,
    rejected: Count,
    firstStart: orNull(Instant),
    lastEnd: orNull(Instant),
    receivedAt: Instant,
    finishedAt: orNull(Instant),
  },
  { $id: 'UsageBatch', description: 'the receipt: accepted + duplicate + conflict + quarantined + rejected = sent' },
)
export type Batch = Static<typeof Batch>
export const BatchPage = PageOf(Batch)

export const BatchFilters = object({
  ...pageQuery,
  region: t.Optional(RegionCode),
  state: t.Optional(oneOf(batchStates)),
})
export type BatchFilters = Static<typeof BatchFilters>

const outcomes = ['duplicate', 'conflict', 'quarantined', 'rejected'] as const

export const BatchRecord = object(
  {
    index: Count,
    recordId: orNull(t.String()),
    outcome: oneOf(outcomes),
    faults: t.Array(object({ pointer: t.String(), code: t.String(), message: t.String() })),
  },
  { $id: 'UsageBatchRecord', description: 'a record that was not accepted, and why' },
)
export type BatchRecord = Static<typeof BatchRecord>
export const BatchRecordPage = PageOf(BatchRecord)

export const BatchRecordFilters = object({ ...pageQuery, outcome: t.Optional(oneOf(outcomes)) })
export type BatchRecordFilters = Static<typeof BatchRecordFilters>

const quarantineStates = ['waiting', 'accepted', 'dismissed'] as const

export const QuarantinedRecord = object(
  {
    id: Uuid,
    region: t.String(),
    batchId: Uuid,
    recordId: t.String(),
    state: oneOf(quarantineStates),
    reason: t.String(),
    subscription: t.String(),
    meter: orNull(t.String()),
    sku: orNull(t.String()),
    start: Instant,
    end: Instant,
    quantity: ExactDecimal,
    unit: orNull(t.String()),
    waiver: orNull(t.String()),
    createdAt: Instant,
    decidedAt: orNull(Instant),
  },
  { $id: 'QuarantinedRecord' },
)
export type QuarantinedRecord = Static<typeof QuarantinedRecord>
export const QuarantinePage = PageOf(QuarantinedRecord)

export const QuarantineFilters = object({
  ...pageQuery,
  region: t.Optional(RegionCode),
  reason: t.Optional(Name(100)),
  state: t.Optional(oneOf(quarantineStates)),
})
export type QuarantineFilters = Static<typeof QuarantineFilters>

export const Dismissal = object({ reason: Name(500) })
export type Dismissal = Static<typeof Dismissal>

export const UsageFilters = object({
  ...pageQuery,
  subscriptionId: t.Optional(Uuid),
  tenantId: t.Optional(Uuid),
  sku: t.Optional(Text(200)),
  region: t.Optional(RegionCode),
  period: t.Optional(PeriodText),
  'day[gte]': t.Optional(DayText),
  'day[lt]': t.Optional(DayText),
  groupBy: t.Optional(oneOf(['day', 'month'] as const)),
  timeZone: t.Optional(Text(64, { description: 'local days of this IANA zone instead of UTC days' })),
})
export type UsageFilters = Static<typeof UsageFilters>

export const UsageRow = object(
  {
    date: t.String({ description: 'the day, or the month, that the usage belongs to' }),
    tenantId: Uuid,
    subscriptionId: Uuid,
    sku: t.String(),
    unit: t.String(),
    aggregation: oneOf(['sum', 'max', 'last', 'unique', 'weighted'] as const),
    region: t.String(),
    quantity: ExactDecimal,
    records: t.String({ pattern: '^\\d+$' }),
  },
  { $id: 'UsageRow' },
)
export type UsageRow = Static<typeof UsageRow>
export const UsagePage = PageOf(UsageRow)
