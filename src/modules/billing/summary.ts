import { amountText, type Currency, currency, decimal, zero } from '../../billing/money.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField } from '../../platform/errors.ts'
import { nilId } from '../../platform/ids.ts'
import { type Page, pageOf, type PageRequest, pageRequest } from '../../platform/page.ts'
import { isSeller, ownTrader } from '../pricing/sellers.ts'
import type { Side, SummaryQuery, SummaryRow } from './model.ts'
import * as queries from './queries-summary.ts'

/**
 * What the caller sells, buys, stands between or pays for in a period, by group and currency. Answers without a run, from
 * what is rated: `asOf` says up to when. Rows of the caller's own edges only.
 */
export function getSummary(ctx: Ctx, query: SummaryQuery): Promise<Page<SummaryRow>> {
  const groupBy = query.groupBy ?? 'subscription'
  return inTx(ctx, async (tx) => {
    const side = query.side ?? (await usualSide(ctx, tx))
    const kind = `summary-${query.period}-${groupBy}-${side}`
    const page = pageRequest(kind, query)
    const { period } = query
    const wish = { viewer: ctx.actor, period, side, groupBy, after: positionOf(page), limit: page.limit }
    const face = { groupBy, period, side, periodState: await queries.findPeriodState(tx, period) }
    if (groupBy === 'region') {
      const rows = await queries.listRegions(tx, wish)
      return pageOf(
        kind,
        page,
        rows,
        (row) => `${row.groupId}:XXX`,
        (row) => toRegionRow(face, row),
      )
    }
    const rows = await queries.listSums(tx, { ...wish, groupBy })
    return pageOf(
      kind,
      page,
      rows,
      (row) => `${row.groupId}:${row.currency}`,
      (row) => toRow(face, row),
    )
  })
}

/** What an organization mostly is: a tenant buys, an agent is between, resellers and the platform sell. */
async function usualSide(ctx: Ctx, tx: Tx): Promise<Side> {
  if (ctx.actor.level === 'tenant') return 'buy'
  return isSeller(await ownTrader(tx, ctx.actor)) ? 'sell' : 'agency'
}

const positionForm = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([A-Z]{3})$/

function positionOf({ after }: PageRequest): queries.SummaryWish['after'] {
  if (after === undefined) return undefined
  const [, groupId, code] = positionForm.exec(after) ?? []
  if (!groupId || !code) {
    throw invalidField('/query/cursor', 'cursor.invalid', 'this cursor was not given for this list')
  }
  return { groupId, currency: code }
}

type Face = Pick<SummaryRow, 'groupBy' | 'period' | 'side' | 'periodState'>

function toRow(face: Face, row: queries.SummedRow): SummaryRow {
  const code = currency(row.currency)
  const isUnknown = row.unbilled === null && row.parkedLines > 0
  return {
    ...face,
    groupId: row.groupId === nilId ? null : row.groupId,
    name: row.name,
    currency: code,
    quantityBySku: row.quantityBySku,
    unbilled: isUnknown ? null : figures(row.unbilled, code),
    draft: figures(row.draft, code),
    billed: figures(row.billed, code),
    credited: figures(null, code),
    parked: { lines: row.parkedLines, reasons: [...new Set(row.parkedReasons)].sort() },
    asOf: row.asOf,
  }
}

const toRegionRow = (face: Face, row: queries.RegionRow): SummaryRow => ({
  ...face,
  ...row,
  currency: null,
  unbilled: null,
  draft: null,
  billed: null,
  credited: null,
  parked: { lines: 0, reasons: [] },
})

/** Without a tax profile there is no tax: the total is the net (design section 5 rule 9). */
function figures(net: string | null, code: Currency): SummaryRow['billed'] {
  const amount = amountText(net === null ? zero : decimal(net), code)
  return { net: amount, tax: amountText(zero, code), total: amount }
}
