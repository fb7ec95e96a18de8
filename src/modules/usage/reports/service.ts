import { day } from '../../../billing/days.ts'
import { type Period, periodDays } from '../../../billing/period.ts'
import { isTimeZone, localDayStart } from '../../../billing/zones.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { invalidField } from '../../../platform/errors.ts'
import { type Page, pageOf, pageRequest, placeIn } from '../../../platform/page.ts'
import { checkedInput } from '../../billing-errors.ts'
import type { UsageFilters, UsageRow } from '../model.ts'
import * as queries from './queries.ts'

/**
 * Usage of the caller's branch by day or month of service, per subscription, SKU and region. By default UTC days, which
 * are what is billed; with a time zone the local days on which records start, for people.
 * @throws DomainError 422 for impossible days, both ways to name them, or an unknown zone
 */
export async function reportUsage(ctx: Ctx, filters: UsageFilters): Promise<Page<UsageRow>> {
  const { timeZone, subscriptionId, tenantId, sku, region } = filters
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw invalidField('/query/timeZone', 'time_zone.unknown', 'must be a name of the IANA time zone database')
  }
  const page = pageRequest('usage', filters)
  const after = page.after === undefined ? undefined : placeOf(page.after)
  const days = daysOf(ctx, filters)
  const groupBy = filters.groupBy ?? 'day'
  const question = { ...days, groupBy, subscriptionId, tenantId, sku, region, after, limit: page.limit }
  const rows = await inTx(ctx, (tx) => {
    if (timeZone === undefined) return queries.listUsage(tx, ctx.actor, question)
    const [start, end] = [localDayStart(days.from, timeZone), localDayStart(days.to, timeZone)]
    return queries.listLocalUsage(tx, ctx.actor, question, { timeZone, start, end })
  })
  return pageOf('usage', page, rows, positionOf, toRow)
}

function daysOf(ctx: Ctx, filters: UsageFilters): { from: string; to: string } {
  const [from, to] = [filters['day[gte]'], filters['day[lt]']]
  if (from === undefined && to === undefined) return periodDays(filters.period ?? thisMonth(ctx))
  if (filters.period !== undefined) {
    throw invalidField('/query/period', 'range.twice', 'name either a period or days')
  }
  if (from === undefined || to === undefined) {
    const missing = from === undefined ? 'day[gte]' : 'day[lt]'
    throw invalidField(`/query/${missing}`, 'range.open', 'name both ends of the range')
  }
  checkedInput(() => day(from, '/query/day[gte]'))
  checkedInput(() => day(to, '/query/day[lt]'))
  if (to <= from) throw invalidField('/query/day[lt]', 'range.empty', 'must be after the first day')
  return { from, to }
}

const thisMonth = (ctx: Ctx): Period => ctx.now().toISOString().slice(0, 7)

const positionOf = (row: queries.ReportRow): string => [row.date, row.subscriptionId, row.skuId, row.regionId].join(':')

function placeOf(position: string): queries.UsagePlace {
  const form = /^(\d{4}-\d{2}(?:-\d{2})?):([0-9a-f-]{36}):([0-9a-f-]{36}):([0-9a-f-]{36})$/
  const [date = '', subscriptionId = '', skuId = '', regionId = ''] = placeIn(position, form)
  return { date, subscriptionId, skuId, regionId }
}

const toRow = ({ skuId: _sku, regionId: _region, ...row }: queries.ReportRow): UsageRow => row
