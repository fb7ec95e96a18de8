import { amountText, currency, decimal, type Decimal, roundToMinor, sum } from '../../../billing/money.ts'
import {
  type Adjustment,
  tradesAfter,
  type Trade,
  waterfallGap,
  waterfallOfTrades,
} from '../../../billing/waterfall.ts'
import { type Actor, type Ctx, inTx } from '../../../platform/context.ts'
import { preferIndexes } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { type Page, pageOf, type PageRequest, pageRequest, placeIn } from '../../../platform/page.ts'
import { checkedInput } from '../../billing-errors.ts'
import { type Months, monthsOf } from '../summary/question.ts'
import { openReporting, ownCurrency, type ReportingCurrency } from '../summary/reporting.ts'
import type { WaterfallQuery, WaterfallRow } from './model.ts'
import * as queries from './queries.ts'
import type { AdjustmentRow, TradeRow } from './queries.ts'

/**
 * The same usage priced on every edge that the caller sees: what each seller bought it for, sold it for and keeps. A
 * seller sees its own margin, the platform everybody's; agents and tenants see what is charged on their edge.
 * @throws DomainError 422 for months or a currency that do not exist
 */
export function getWaterfall(ctx: Ctx, query: WaterfallQuery): Promise<Page<WaterfallRow>> {
  const groupBy = query.groupBy ?? 'tenant'
  const months = monthsOf(query)
  const asked =
    query.currency === undefined ? undefined : checkedInput(() => currency(query.currency ?? '', '/query/currency'))
  return inTx(ctx, async (tx) => {
    await preferIndexes(tx)
    const told = asked ?? (await ownCurrency(tx, ctx.actor))
    const kind = `waterfall-${months.first}-${months.last}-${groupBy}-${told}`
    const page = pageRequest(kind, query)
    const reporting = await openReporting(tx, ctx.actor, told, months)
    const wish = { viewer: ctx.actor, months, filters: query, groupBy, reporting }
    const rows = await queries.listTrades(tx, { ...wish, after: positionOf(page), limit: page.limit })
    const groups = [...Map.groupBy(rows, ({ groupId }) => groupId).values()]
    const groupIds = [...new Set(rows.map(({ groupId }) => groupId))]
    const changed = Map.groupBy(
      await queries.listAdjustments(tx, { ...wish, after: undefined, limit: 0 }, groupIds),
      (row) => row.groupId,
    )
    const face = { groupBy, reporting, months, viewer: ctx.actor, changed }
    return pageOf(
      kind,
      page,
      groups,
      ([first]) => first?.groupId ?? nilId,
      (group) => toRow(face, group),
    )
  })
}

const positionForm = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d{2})$/

function positionOf({ after }: PageRequest): string | undefined {
  if (after !== undefined) placeIn(after, positionForm)
  return after
}

type Face = {
  readonly groupBy: WaterfallRow['groupBy']
  readonly reporting: ReportingCurrency
  readonly months: Months
  readonly viewer: Actor
  readonly changed: ReadonlyMap<string, readonly AdjustmentRow[]>
}

const toAdjustment = ({ isUnconverted, net, ...edge }: AdjustmentRow): Adjustment => ({
  ...edge,
  net: isUnconverted ? null : decimal(net),
})

function toRow(face: Face, rows: readonly TradeRow[]): WaterfallRow {
  const { viewer, groupBy, months } = face
  const { currency: told, used } = face.reporting
  const text = (amount: Decimal | null) => (amount === null ? null : amountText(roundToMinor(amount, told), told))
  const trades = rows.map((row) => tradeOf(viewer, row))
  const platform = trades.find(({ sellerId }) => sellerId === viewer.platformId)
  const platformCost = viewer.level === 'platform' ? (platform?.bought ?? null) : null
  const [first] = rows
  invariant(first, 'a group has at least one seller')
  const before = { platformCost, tenantTotal: tenantTotalOf(rows), trades }
  const later = tradesAfter(before, (face.changed.get(first.groupId) ?? []).map(toAdjustment))
  const [whole, after] = [waterfallOfTrades(before), waterfallOfTrades(later)]
  const month = groupBy === 'month' ? first.groupId : undefined
  return {
    groupBy,
    groupId: first.groupId === nilId ? null : first.groupId,
    name: first.name,
    period: month ?? months.first,
    lastPeriod: month ?? months.last,
    currency: told,
    rates: used,
    platformCost: text(whole.platformCost),
    sellers: trades.map(({ sellerId, bought, sold }, index) => ({
      sellerId,
      name: rows[index]?.sellerName ?? null,
      bought: text(bought),
      sold: text(sold),
      margin: text(whole.margins[index]?.margin ?? null),
      after: {
        bought: text(later.trades[index]?.bought ?? null),
        sold: text(later.trades[index]?.sold ?? null),
        margin: text(after.margins[index]?.margin ?? null),
      },
    })),
    tenantTotal: text(whole.tenantTotal),
    sum: text(whole.sum),
    gap: text(waterfallGap(whole)),
    after: { tenantTotal: text(after.tenantTotal), sum: text(after.sum), gap: text(waterfallGap(after)) },
    missing: missingOf(viewer, rows),
  }
}

/** Only a seller and the platform stand on both sides of a margin. */
const maySeeMargin = (viewer: Actor, { sellerId }: TradeRow): boolean =>
  viewer.level === 'platform' || sellerId === viewer.organizationId

function tradeOf(viewer: Actor, row: TradeRow): Trade {
  const isSold = !row.isSoldUnpriced && !row.isSoldUnconverted
  const isBought =
    maySeeMargin(viewer, row) && !row.isBoughtMissing && !row.isBoughtUnpriced && !row.isBoughtUnconverted
  return {
    sellerId: row.sellerId,
    sold: isSold ? decimal(row.sold) : null,
    bought: isBought ? decimal(row.bought) : null,
  }
}

/** Known when every line of the group is seen being sold to its tenant, for an amount. */
function tenantTotalOf(rows: readonly TradeRow[]): Decimal | null {
  const isWhole = rows.every((row) => row.lines === row.linesOfTenants && !row.isTenantUnknown)
  return isWhole ? sum(rows.map((row) => decimal(row.soldToTenants))) : null
}

function missingOf(viewer: Actor, rows: readonly TradeRow[]): WaterfallRow['missing'] {
  const own = rows.filter((row) => maySeeMargin(viewer, row))
  const isCost = ({ sellerId }: TradeRow) => sellerId === viewer.platformId
  const hasNoCost = own.some((row) => isCost(row) && (row.isBoughtMissing || row.isBoughtUnpriced))
  const isUnpriced =
    rows.some((row) => row.isSoldUnpriced) ||
    own.some((row) => !isCost(row) && (row.isBoughtMissing || row.isBoughtUnpriced))
  const isUnconverted = rows.some((row) => row.isSoldUnconverted) || own.some((row) => row.isBoughtUnconverted)
  return [
    ...(isUnpriced ? (['price'] as const) : []),
    ...(isUnconverted ? (['rate_of_exchange'] as const) : []),
    ...(hasNoCost ? (['cost'] as const) : []),
  ]
}
