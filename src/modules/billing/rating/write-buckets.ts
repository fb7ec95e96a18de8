import { type Tx } from '../../../platform/db.ts'
import { openDrafts } from '../../invoices/drafts/finish-drafts.ts'
import { freezeLists } from '../../pricing/price-lists/rates.ts'
import type { Place } from './queries-buckets.ts'
import * as buckets from './queries-buckets.ts'
import { upsertLaterMarks } from './queries-pools.ts'
import { isClosed } from '../periods/queries.ts'
import { type RatingTask } from './input.ts'
import { type Rated } from './rate-on-edge.ts'

/** How many buckets were written, and how many of them wait for a person. */
export type RatingCounts = { readonly buckets: number; readonly parked: number }

/** A minimum belongs to its usage: what the usage on paper came to is what was missing. */
const lineOf = (row: buckets.PaperRow): string => {
  const kind = row.kind === 'minimum' ? 'usage' : row.kind
  return [kind, row.edgeId, row.subscriptionId, row.skuId, row.servicePeriod].join(' ')
}

/** What is on paper stays as it is: a line that has a drafted, billed or settled bucket gets no other. */
export async function writeBuckets(
  tx: Tx,
  task: RatingTask,
  places: readonly Place[],
  rated: readonly Rated[],
): Promise<RatingCounts> {
  const { period } = task
  const sellerId = task.seller.organizationId
  await buckets.deleteOpenBuckets(tx, sellerId, period, places)
  const onPaper = new Set((await buckets.listPaper(tx, sellerId, period, places)).map(lineOf))
  const open = rated.filter(({ bucket }) => !onPaper.has(lineOf(bucket)))
  if (open.length === 0) return { buckets: 0, parked: 0 }
  const draftOf = await draftsOf(tx, task, open)
  await buckets.insertBuckets(
    tx,
    period,
    open.map((one) => ({
      ...one.bucket,
      invoiceId: isBillable(one) ? (draftOf.get(one.bucket.edgeId) ?? null) : null,
    })),
  )
  const listIds = new Set(open.map(({ priceListId }) => priceListId).filter((id) => id !== null))
  await freezeLists(tx, [...listIds])
  await markLater(tx, task, open)
  return { buckets: open.length, parked: open.filter(({ bucket }) => bucket.parkedFor !== null).length }
}

/** What later months have rated on top of what is new here, and not billed, is out of date. While a month is open there is none. */
async function markLater(tx: Tx, { seller, period }: RatingTask, open: readonly Rated[]): Promise<void> {
  const isOfWhole = ({ pooled, bucket }: Rated) => pooled ?? (bucket.kind === 'usage' && bucket.parkedFor !== null)
  const edgeIds = [...new Set(open.filter(isOfWhole).map(({ bucket }) => bucket.edgeId))]
  if (edgeIds.length > 0 && (await isClosed(tx, period)))
    await upsertLaterMarks(tx, seller.organizationId, edgeIds, period)
}

/** What waits for a price, and what the platform itself pays, is on no document. */
const isBillable = ({ kind, bucket }: Rated): boolean => kind === 'sale' && bucket.parkedFor === null

async function draftsOf(tx: Tx, task: RatingTask, rated: readonly Rated[]): Promise<ReadonlyMap<string, string>> {
  if (task.runId === undefined) return new Map()
  const run = { runId: task.runId, sellerId: task.seller.organizationId, period: task.period }
  return openDrafts(tx, run, [...new Set(rated.filter(isBillable).map(({ bucket }) => bucket.edgeId))].sort())
}
