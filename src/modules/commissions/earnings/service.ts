import { type Ctx, inTx } from '../../../platform/context.ts'
import { notFound } from '../../../platform/errors.ts'
import { type Page, pageOf, pageRequest, placeIn } from '../../../platform/page.ts'
import type { Earning, EarningFilters } from './model.ts'
import * as queries from './queries.ts'

/** What the caller earned or pays, the newest period first. */
export async function listEarnings(ctx: Ctx, filters: EarningFilters): Promise<Page<Earning>> {
  const page = pageRequest('earnings', filters)
  const after = page.after === undefined ? undefined : placeOf(page.after)
  const rows = await inTx(ctx, (tx) => queries.listEarnings(tx, ctx.actor, filters, { after, limit: page.limit }))
  return pageOf('earnings', page, rows, ({ period, id }) => `${period}.${id}`, toEarning)
}

/** @throws notFound, for a foreign one and an absent one alike. */
export const getEarning = (ctx: Ctx, id: string): Promise<Earning> =>
  inTx(ctx, async (tx) => {
    const row = await queries.findEarning(tx, ctx.actor, id)
    if (!row) throw notFound()
    return toEarning(row)
  })

/** @throws DomainError 422 for a cursor that this list did not give. */
function placeOf(position: string): queries.ListPlace {
  const [period = '', id = ''] = placeIn(position, /^(\d{4}-\d{2})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/)
  return { period, id }
}

/** Earnings are never updated. */
const toEarning = (row: queries.EarningRow): Earning => ({ ...row, updatedAt: row.createdAt })
