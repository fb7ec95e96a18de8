import { type Currency, currency, minorText } from '../../../billing/money.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { invariant, invalidField, notFound } from '../../../platform/errors.ts'
import { pageOf, pageRequest } from '../../../platform/page.ts'
import { checkedInput } from '../../billing-errors.ts'
import type { Explanation } from '../../invoices/explain/model.ts'
import { explainParts } from '../../invoices/explain/service.ts'
import type { ExplainedFigure, ExplainedLine, ExplainQuery } from './explain-model.ts'
import * as queries from './queries-explain.ts'
import { monthsOf } from './question.ts'
import { usualSide } from './service.ts'

/**
 * The lines that add up to one figure of a summary row, each with where its own amount is explained. Lines of the caller's
 * own edges only, by the same rules as the summary.
 * @throws DomainError 422 for months or a currency that do not exist
 */
export function explainFigure(ctx: Ctx, query: ExplainQuery): Promise<ExplainedFigure> {
  const code = checkedInput(() => currency(query.currency, '/query/currency'))
  const { figure } = query
  const { months, filters } = narrowed(query)
  return inTx(ctx, async (tx) => {
    const side = query.side ?? (await usualSide(ctx, tx))
    const kind = `explain-${months.first}-${months.last}-${figure}-${side}-${code}`
    const page = pageRequest(kind, query)
    const { after, limit } = page
    const wish = { viewer: ctx.actor, side, filters, months, figure, currency: code, after, limit }
    const rows = await queries.listLines(tx, wish)
    const sums = await queries.sumLines(tx, wish)
    invariant(sums, 'an aggregate query answers one row')
    const net = minorOrNull(sums.net, code)
    return {
      figure,
      currency: code,
      net,
      tax: minorOrNull(sums.tax, code),
      lines: sums.lines,
      parked: sums.parked,
      says: sumSentence(sums, net, code),
      ...pageOf(kind, page, rows, ({ key }) => key, toLine(code, figure)),
    }
  })
}

const minorOrNull = (amount: string | null, code: Currency): string | null =>
  amount === null ? null : minorText(amount, code)

function sumSentence({ lines, parked }: { lines: number; parked: number }, net: string | null, code: Currency): string {
  const waiting = `${parked} ${parked === 1 ? 'line waits' : 'lines wait'} for a person`
  if (net === null) return `${waiting}: the figure is unknown.`
  const known = `${lines - parked} lines, each rounded once, add up to ${net} ${code}`
  return parked === 0 ? `${known}.` : `${known}; ${waiting} and ${parked === 1 ? 'is' : 'are'} not in it.`
}

/** The group of a row is one more filter. */
function narrowed(query: ExplainQuery) {
  const { groupBy = 'subscription', groupId } = query
  const filters: queries.ExplainWish['filters'] = query
  if (groupBy === 'month') {
    if (groupId === undefined) return { months: monthsOf(query), filters }
    if (!/^\d{4}-\d{2}$/.test(groupId)) throw wrongGroup()
    return { months: { first: groupId, last: groupId }, filters }
  }
  if (groupId === undefined) return { months: monthsOf(query), filters }
  if (groupId.length !== 36) throw wrongGroup()
  return { months: monthsOf(query), filters: { ...filters, [`${groupBy}Id`]: groupId } }
}

const wrongGroup = () => invalidField('/query/groupId', 'group.invalid', 'is not a group of this kind')

const toLine =
  (code: Currency, figure: ExplainQuery['figure']) =>
  ({ key, ...row }: queries.ExplainedRow): ExplainedLine => {
    const net = row.net === null ? null : minorText(row.net, code)
    const tax = net === null || row.tax === null ? null : minorText(row.tax, code)
    if (figure !== 'credited')
      return { ...row, net, tax, says: sentenceOf(row, net, code), explanation: placeOf(key, row) }
    const says = `Credited of ${row.sku} from ${row.serviceStart} to before ${row.serviceEnd}: ${net} ${code}.`
    return { ...row, net, tax, says, explanation: null }
  }

function sentenceOf(row: Omit<queries.ExplainedRow, 'key'>, net: string | null, code: Currency): string {
  if (row.kind === 'discount') return `A discount on ${row.sku}: ${net} ${code}.`
  const used = `${row.quantity} ${row.unit} of ${row.sku} from ${row.serviceStart} to before ${row.serviceEnd}`
  if (net === null) return `${used} wait for a person: ${row.parkedFor}.`
  return `${used} come to ${row.unrounded}, rounded to ${net} ${code}.`
}

/** What waits has no amount, and a discount no price. */
function placeOf(key: string, row: Omit<queries.ExplainedRow, 'key'>): string | null {
  if (row.net === null || row.kind === 'discount') return null
  if (row.invoiceId === null) return `/api/v1/billing/buckets/${key}/explain`
  return `/api/v1/invoices/${row.invoiceId}/lines/${row.line}/explain`
}

/**
 * How an estimated amount came about, as for the line it will be: `line` is its place among the parts of its month.
 * @throws notFound, alike for what is absent, of another branch, or has no amount
 */
export const explainBucket = (ctx: Ctx, key: string): Promise<Explanation> =>
  inTx(ctx, async (tx) => {
    const place = bucketKeyOf(key)
    const rows = await queries.listBucketParts(tx, ctx.actor, place)
    const asked = rows.findIndex(({ serviceStart }) => serviceStart === place.serviceStart)
    const [first] = rows
    if (asked < 0 || !first) throw notFound()
    const parts = rows.map((row, index) => {
      const { unrounded, priceVersionId } = row
      if (unrounded === null || priceVersionId === null) throw notFound()
      return { ...row, line: index + 1, unrounded, priceVersionId, net: unrounded }
    })
    return explainParts(tx, first, parts, asked)
  })

function bucketKeyOf(key: string): queries.BucketKey {
  const [period, edgeId, subscriptionId, skuId, servicePeriod, regionId, serviceStart, kind] = key.split(':')
  invariant(
    period && edgeId && subscriptionId && skuId && servicePeriod && regionId && serviceStart && kind,
    'the path was checked',
  )
  return { period, edgeId, subscriptionId, skuId, servicePeriod, regionId, serviceStart, kind }
}
