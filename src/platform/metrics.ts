import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** One answered request. `route` is the pattern, never the path: a label per id would grow without end. */
type AnsweredRequest = { method: string; route: string; status: number; seconds: number }

/** The numbers of one process. No label names an organization: metrics are read by operators of every branch. */
export type Metrics = {
  requestAnswered(request: AnsweredRequest): void
  /** `outcome` is the state that the attempt left the job in. */
  jobEnded(job: { kind: string; outcome: string; seconds: number }): void
  usageRecords(outcome: string, count: number): void
  /** Asked at every scrape: waiting jobs per queue. A failing hook leaves the gauge empty, it does not break the scrape. */
  onQueueDepth(read: () => Promise<Readonly<Record<string, number>>>): void
  readonly contentType: string
  /** The page for a scraper, Prometheus text format 0.0.4. */
  render(): Promise<string>
}

const requestBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const jobBuckets = [0.01, 0.05, 0.1, 0.5, 1, 3, 10, 30, 120, 600]
const knownMethods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'])

/** A fresh registry with the metrics of this house. Each process makes one. */
export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const requests = new Histogram({
    name: 'weir_http_request_duration_seconds',
    help: 'Time from request to answer, by route pattern.',
    labelNames: ['method', 'route', 'status_class'],
    buckets: requestBuckets,
    registers,
  })
  const jobs = new Histogram({
    name: 'weir_job_duration_seconds',
    help: 'Time of one attempt of a job, by kind and outcome.',
    labelNames: ['kind', 'outcome'],
    buckets: jobBuckets,
    registers,
  })
  const records = new Counter({
    name: 'weir_usage_records_total',
    help: 'Usage records by outcome.',
    labelNames: ['outcome'],
    registers,
  })
  return {
    requestAnswered: ({ method, route, status, seconds }) =>
      requests.observe(
        { method: knownMethods.has(method) ? method : 'other', route, status_class: `${Math.floor(status / 100)}xx` },
        seconds,
      ),
    jobEnded: ({ kind, outcome, seconds }) => jobs.observe({ kind, outcome }, seconds),
    usageRecords: (outcome, count) => records.inc({ outcome }, count),
    onQueueDepth: (read) => addQueueDepth(registers, read),
    contentType: registry.contentType,
    render: () => registry.metrics(),
  }
}

const addQueueDepth = (registers: Registry[], read: () => Promise<Readonly<Record<string, number>>>): void => {
  const depth = new Gauge({
    name: 'weir_queue_depth',
    help: 'Jobs that wait for a worker, by queue.',
    labelNames: ['queue'],
    registers,
    async collect() {
      const depths = await read().catch(() => ({}))
      depth.reset()
      for (const [queue, count] of Object.entries(depths)) depth.set({ queue }, count)
    },
  })
}
