import { expect, test } from 'bun:test'
import { createMetrics } from '../../src/platform/metrics.ts'
import { mayReadMetrics, serveProbe } from '../../src/platform/probe.ts'

test('the page counts requests by pattern, jobs by kind and outcome, records by outcome, and waiting jobs', async () => {
  const metrics = createMetrics()
  metrics.requestAnswered({ method: 'GET', route: '/api/v1/plans/:id', status: 404, seconds: 0.002 })
  metrics.requestAnswered({ method: 'BREW', route: '/api/v1/plans/:id', status: 405, seconds: 0.002 })
  metrics.jobEnded({ kind: 'usage.ingest', outcome: 'done', seconds: 1 })
  metrics.usageRecords('accepted', 4998)
  metrics.usageRecords('duplicate', 2)
  metrics.onQueueDepth(async () => ({ usage: 3 }))
  const page = await metrics.render()
  for (const line of [
    'weir_http_request_duration_seconds_count{method="GET",route="/api/v1/plans/:id",status_class="4xx"} 1',
    'weir_http_request_duration_seconds_count{method="other",route="/api/v1/plans/:id",status_class="4xx"} 1',
    'weir_job_duration_seconds_count{kind="usage.ingest",outcome="done"} 1',
    'weir_usage_records_total{outcome="accepted"} 4998',
    'weir_queue_depth{queue="usage"} 3',
    'process_resident_memory_bytes ',
  ]) {
    expect(page).toContain(line)
  }
  expect(metrics.contentType).toContain('version=0.0.4')
})

test('a queue that cannot be asked does not break the scrape', async () => {
  const metrics = createMetrics()
  metrics.onQueueDepth(() => Promise.reject(new Error('no connection')))
  expect(await metrics.render()).toContain('# TYPE weir_queue_depth gauge')
})

test('a configured token is wanted exactly', () => {
  expect(mayReadMetrics(null, undefined)).toBe(true)
  expect(mayReadMetrics('Bearer right', 'right')).toBe(true)
  expect([null, '', 'Bearer wrong', 'right'].map((header) => mayReadMetrics(header, 'right'))).not.toContain(true)
})

test('a process without an API says whether it lives and is ready, and shows its metrics to whoever has the token', async () => {
  let isReady = async () => true
  const probe = serveProbe({
    host: '127.0.0.1',
    port: 0,
    isReady: () => isReady(),
    metrics: createMetrics(),
    metricsToken: 'sixteen-characters',
  })
  const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${probe.port}${path}`, { headers })
  expect((await get('/health/live')).status).toBe(200)
  expect((await get('/health/ready')).status).toBe(200)
  isReady = () => Promise.reject(new Error('database gone'))
  expect((await get('/health/ready')).status).toBe(503)
  expect((await get('/metrics')).status).toBe(401)
  expect((await get('/metrics', { authorization: 'Bearer sixteen-characters' })).status).toBe(200)
  expect((await get('/')).status).toBe(404)
  await probe.stop()
})
