import {
  Instant,
  object,
  oneOf,
  PageOf,
  pageQuery,
  PeriodText,
  type Static,
  t,
  Uuid,
} from '../../../platform/schema.ts'
import { statesOf } from '../../../billing/states.ts'

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
    settled: t.Integer({ description: 'drafts of 0.00 whose lines are final without a document' }),
    waiting: t.Integer({
      description: 'lines of the month that wait for a price or a rate and are on no document; the summary says which',
    }),
    waitingFor: t.Array(t.String(), { description: 'what they wait for' }),
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
