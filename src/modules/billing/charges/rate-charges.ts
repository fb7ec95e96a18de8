import type { Tx } from '../../../platform/db.ts'
import { openExchange } from '../rating/exchange.ts'
import { openBook, type RatingTask } from '../rating/input.ts'
import { dueCharges } from './charge-due.ts'
import { type ChargeBucket, chargeBuckets, creditBucket } from './charge-lines.ts'
import { type ChargedLife, type ChargeInput, readCharges, type SoldEdge } from './input.ts'

/**
 * What a posting month charges the tenants' subscriptions beside their usage, on every edge that the seller has on their
 * chains, and what it gives back of what was charged in advance. From the same spans and quantities on each edge, with that
 * edge's prices. Runs as weir_seller. May run twice: what is billed is not charged again.
 */
export async function rateCharges(tx: Tx, task: RatingTask, hasCostList: boolean): Promise<ChargeBucket[]> {
  const input = await readCharges(tx, task)
  return input ? chargesOf(tx, task, input, hasCostList) : []
}

type Due = ReturnType<typeof dueCharges> & { readonly one: ChargedLife; readonly edge: SoldEdge }

/** As `rateCharges`, for what was read before. Without a cost list what the platform pays is unknown. */
export async function chargesOf(
  tx: Tx,
  task: RatingTask,
  input: ChargeInput,
  hasCostList: boolean,
): Promise<ChargeBucket[]> {
  const due = input.lives.flatMap((one) =>
    input
      .edgesOf(one.tenantId)
      .filter(({ kind }) => kind === 'sale' || hasCostList)
      .map((edge): Due => ({ one, edge, ...dueCharges(input, one, edge, task.period) })),
  )
  const books = { sale: await openBookOf(tx, task, due, 'sale'), cost: await openBookOf(tx, task, due, 'cost') }
  const months = due.flatMap(({ edge, charges }) => charges.map((piece) => ({ ...edge, month: piece.due })))
  const exchange = await openExchange(tx, task, months)
  return due.flatMap(({ one, edge, charges, credits }) => {
    const place = { subscriptionId: one.subscriptionId, edge, book: books[edge.kind], exchange }
    return [
      ...credits.map(({ billed, span }) => creditBucket(place, billed, span)),
      ...charges.flatMap((piece) => chargeBuckets(place, piece)),
    ]
  })
}

const openBookOf = (tx: Tx, task: RatingTask, due: readonly Due[], kind: SoldEdge['kind']) =>
  openBook(
    tx,
    task,
    kind,
    due
      .filter(({ edge }) => edge.kind === kind)
      .flatMap(({ charges }) => charges)
      .map(({ terms, span }) => ({ key: { skuId: terms.chargeId }, month: span.from.slice(0, 7) })),
  )
