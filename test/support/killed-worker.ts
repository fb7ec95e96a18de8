import { openDatabase } from '../../src/platform/db.ts'
import { newId } from '../../src/platform/ids.ts'
import { createMetrics } from '../../src/platform/metrics.ts'
import { handle, workScope } from '../../src/platform/work.ts'
import { startWorkers } from '../../workers/start.ts'
import { quietLog, testJob } from './jobs.ts'
import { fastPace } from './worker.ts'

// A worker process that never finishes: it does one chunk, says so, and waits to be killed.

const [, , workerUrl = '', queueUrl = ''] = process.argv
const job = testJob()

startWorkers({
  db: openDatabase({ url: workerUrl, name: `killed-worker-${newId()}`, poolMax: 4, statementTimeoutMs: 30_000 }),
  queueConnection: { kind: 'postgres', url: queueUrl },
  log: quietLog,
  metrics: createMetrics(),
  now: () => new Date(),
  concurrency: 1,
  handlers: [
    handle(job, async (ctx, { key }) => {
      await ctx.chunk(1, workScope(ctx.job.owner, 'weir_platform'), async (tx) => {
        await tx`insert into effect (key, number) values (${key}, 1)`
        return {}
      })
      process.stdout.write('first chunk is done\n')
      await Bun.sleep(600_000)
      return {}
    }),
  ],
  ticks: [],
  pace: { ...fastPace, lease: { leaseSeconds: 1, heartbeatMs: 200 } },
})
