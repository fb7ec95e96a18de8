import {
  Instant,
  IntegerText,
  object,
  oneOf,
  orNull,
  PageOf,
  pageQuery,
  Problem,
  type Static,
  t,
  Uuid,
  Text,
} from '../../platform/schema.ts'

/** Where a job can be (domain, States). Done, failed and cancelled are final; parked waits for a person. */
export const jobStates = ['queued', 'running', 'done', 'failed', 'parked', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]

export const Job = object({
  id: Uuid,
  kind: t.String(),
  state: oneOf(jobStates),
  attempt: t.Integer(),
  progress: object({
    done: t.Integer(),
    total: orNull(t.Integer()),
    unit: orNull(t.String()),
  }),
  result: orNull(object({ href: orNull(t.String()) })),
  problem: orNull(Problem),
  cancelRequested: t.Boolean(),
  startedAt: orNull(Instant),
  finishedAt: orNull(Instant),
  createdAt: Instant,
  updatedAt: Instant,
})
export type Job = Static<typeof Job>

export const JobPage = PageOf(Job)

export const JobFilters = object({
  ...pageQuery,
  state: t.Optional(oneOf(jobStates)),
  kind: t.Optional(Text(100)),
})
export type JobFilters = Static<typeof JobFilters>

/** The longest wait stays under the time after which proxies and servers cut a silent connection. */
export const JobWait = object({
  wait: t.Optional(
    IntegerText({ minimum: 0, maximum: 25, description: 'seconds to wait for a change of the job, or for its end' }),
  ),
})
