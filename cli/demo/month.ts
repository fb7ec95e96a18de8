import { progressBar } from '../progress.ts'
import { spanOf } from './calendar.ts'
import { commissionRules, distributors, partners, tenants } from './channel.ts'
import { type Caller, listAll, untilDone } from './client.ts'
import { monthOfUsage, regionOf, type UsageRecord } from './generate.ts'
import { type Channel, need } from './seed.ts'

/** What posting a region's month came to. */
export type Posted = {
  readonly region: string
  readonly sent: number
  readonly accepted: number
  readonly seconds: number
}

type Accepted = { jobId: string; batchId: string }
type Receipt = { sent: number; accepted: number }

const batchSize = 5000
const connections = 4
const seed = 20_260_101
const ndjson = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }

/** Posts one region's month of hourly usage in batches over a few connections, and waits until all of it is countable. */
export async function postMonth(service: Caller, region: string, period: string): Promise<Posted> {
  const { from, to } = spanOf(period)
  const there = tenants.filter((tenant) => regionOf(tenant).code === region)
  const records = [...monthOfUsage(there, from, to, seed)]
  const bar = progressBar(`usage of ${region}`, records.length, 'records')
  const startedAt = performance.now()
  const receipts: Receipt[] = []
  const batches = batchesOf(records).values()
  const work = async (): Promise<void> => {
    for (const batch of batches) {
      receipts.push(await postBatch(service, region, batch))
      bar.at(receipts.reduce((sum, receipt) => sum + receipt.sent, 0))
    }
  }
  await Promise.all(Array.from({ length: connections }, work))
  bar.end()
  const total = (field: keyof Receipt) => receipts.reduce((sum, receipt) => sum + receipt[field], 0)
  return { region, sent: total('sent'), accepted: total('accepted'), seconds: (performance.now() - startedAt) / 1000 }
}

const batchesOf = (records: readonly UsageRecord[]): UsageRecord[][] =>
  Array.from({ length: Math.ceil(records.length / batchSize) }, (_, index) =>
    records.slice(index * batchSize, (index + 1) * batchSize),
  )

async function postBatch(service: Caller, region: string, batch: readonly UsageRecord[]): Promise<Receipt> {
  const text = batch.map((record) => JSON.stringify(record)).join('\n')
  const accepted = await service.send<Accepted>(`/usage?region=${region}`, Bun.gzipSync(text, { level: 1 }), ndjson)
  await untilDone(service, accepted.jobId)
  return service.get<Receipt>(`/usage/batches/${accepted.batchId}`)
}

/** Says for every region that its month is complete, and closes the month. */
export async function closeMonth(platform: Caller, period: string): Promise<void> {
  const until = spanOf(period).to.toISOString()
  for (const region of await listAll<{ id: string }>(platform, '/regions')) {
    await platform.put(`/regions/${region.id}/complete-until`, { completeUntil: until })
  }
  await platform.post(`/billing/periods/${period}/close`, {})
}

/** The keys of everybody who issues invoices: the platform and the resellers. */
export const sellerKeys = [
  'platform',
  ...[...distributors, ...partners].filter((one) => one.model === 'reseller').map((one) => one.key),
]

type Run = { jobId: string; runId: string }
type RunState = { state: string; invoices: number; lines: number }

/** Every seller's billing run, side by side, to issued invoices. */
export async function billMonth(channel: Channel, period: string): Promise<{ invoices: number; lines: number }> {
  const bar = progressBar('billing runs', sellerKeys.length, 'sellers')
  const states: RunState[] = []
  const bill = async (key: string): Promise<void> => {
    const seller = need(channel.callers, key)
    const { jobId, runId } = await seller.post<Run>('/billing/runs', { period, issue: true })
    await untilDone(seller, jobId)
    states.push(await untilRunDone(seller, runId))
    bar.at(states.length)
  }
  await Promise.all(sellerKeys.map(bill))
  bar.end()
  const total = (field: 'invoices' | 'lines') => states.reduce((sum, state) => sum + state[field], 0)
  return { invoices: total('invoices'), lines: total('lines') }
}

/** A run that issues goes on in a second job: its own state says when it is over. */
async function untilRunDone(seller: Caller, runId: string): Promise<RunState> {
  for (;;) {
    const run = await seller.get<RunState>(`/billing/runs/${runId}`)
    if (run.state === 'done') return run
    if (run.state === 'cancelled') throw new Error(`the billing run ${runId} of ${seller.email} was cancelled`)
    await Bun.sleep(50)
  }
}

/** The commission run of every payer. */
export async function payMonth(channel: Channel, period: string): Promise<void> {
  const payers = [...new Set<string>(commissionRules.map((rule) => rule.payer))]
  const bar = progressBar('commission runs', payers.length, 'payers')
  let done = 0
  for (const key of payers) {
    const payer = need(channel.callers, key)
    const { jobId } = await payer.post<{ jobId: string }>('/commissions/runs', { period })
    await untilDone(payer, jobId)
    bar.at((done += 1))
  }
  bar.end()
}
