import { type Currency, currency } from '../../../billing/money.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { type Page, pageOf, type PageRequest, pageRequest, placeIn } from '../../../platform/page.ts'
import { checkedInput } from '../../billing-errors.ts'
import { isSeller, ownTrader } from '../../pricing/sellers.ts'
import { readAccrued } from './days.ts'
import type { Side, SummaryQuery, SummaryRow } from './model.ts'
import type { SummaryScope, SummaryWish } from './queries-parts.ts'
import { listUsed } from './queries-usage.ts'
import * as queries from './queries.ts'
import { hasQuantitiesOnly, type Months, monthsOf, type Slots, slotsOf } from './question.ts'
import { openReporting } from './reporting.ts'
import { type Face, type Pair, pairsOf, toRow, toUsedRow } from './rows.ts'
import { readNextTiers } from './tiers.ts'

/**
 * What the caller sells, buys, stands between or pays for in some months, by group and currency. Answers without a run, from
 * what is rated: `asOf` says up to when. Rows of the caller's own edges only.
 */
export function getSummary(ctx: Ctx, query: SummaryQuery): Promise<Page<SummaryRow>> {
  const groupBy = query.groupBy ?? 'subscription'
  const months = monthsOf(query)
  const display = displayCurrencyOf(query)
  const slots = slotsOf(ctx, query, months, groupBy)
  return inTx(ctx, async (tx) => {
    const side = query.side ?? (await usualSide(ctx, tx))
    const kind = `summary-${months.first}-${months.last}-${groupBy}-${side}`
    const page = pageRequest(kind, query)
    const periodState = await queries.findPeriodState(tx, months)
    const face: Face = { groupBy, side, periodState, slots, filters: query }
    const wish = { viewer: ctx.actor, side, filters: query, limit: page.limit, after: positionOf(page) }
    if (groupBy === 'region' || groupBy === 'day' || hasQuantitiesOnly(query, groupBy)) {
      const rows = await listUsed(tx, { ...wish, months, groupBy, region: query.region })
      const answer = pageOf(
        kind,
        page,
        rows,
        // Rows of usage alone have no currency: XXX, as ISO 4217 calls it.
        (row) => `${row.groupId}:XXX`,
        (row) => toUsedRow(face, row),
      )
      return groupBy === 'day' && query.region === undefined ? withAccrued(tx, wish, months, answer) : answer
    }
    const reporting = display && (await openReporting(tx, ctx.actor, display, months))
    const pairs = pairsOf(await queries.listSums(tx, { ...wish, slots, groupBy }))
    const converted = reporting ? pairsOf(await queries.listSums(tx, { ...wish, slots, groupBy, reporting })) : []
    const convertedOf = new Map(converted.map((pair) => [placeOf(pair), pair]))
    const answer = pageOf(kind, page, pairs, placeOf, (pair) =>
      toRow({ ...face, reporting }, pair, convertedOf.get(placeOf(pair))),
    )
    return groupBy === 'subscription' ? withTiers(tx, wish, slots, answer) : answer
  })
}

/** Only of one month: it is what the running totals run through. */
async function withAccrued(
  tx: Tx,
  scope: SummaryScope,
  { first, last }: Months,
  answer: Page<SummaryRow>,
): Promise<Page<SummaryRow>> {
  const accrued = first === last ? await readAccrued(tx, scope, first) : undefined
  if (!accrued) return answer
  const data = answer.data.map((row) => ({ ...row, accrued: accrued.get(row.groupId ?? '') ?? [] }))
  return { ...answer, data }
}

/** Only of a month as it is: a tier is reached within one month, and the past is not kept. */
async function withTiers(
  tx: Tx,
  scope: SummaryScope,
  { asked }: Slots,
  answer: Page<SummaryRow>,
): Promise<Page<SummaryRow>> {
  if (asked.first !== asked.last || asked.asOf !== null) return answer
  const ids = answer.data.flatMap(({ groupId }) => (groupId === null ? [] : [groupId]))
  const tiers = await readNextTiers(tx, scope, asked, ids)
  const data = answer.data.map((row) => ({ ...row, nextTiers: tiers.get(`${row.groupId}:${row.currency}`) ?? [] }))
  return { ...answer, data }
}

const placeOf = ({ groupId, currency }: Pair): string => `${groupId}:${currency}`

const displayCurrencyOf = ({ displayCurrency }: SummaryQuery): Currency | undefined =>
  displayCurrency === undefined ? undefined : checkedInput(() => currency(displayCurrency, '/query/displayCurrency'))

/** What an organization mostly is: a tenant buys, an agent is between, resellers and the platform sell. */
export async function usualSide(ctx: Ctx, tx: Tx): Promise<Side> {
  if (ctx.actor.level === 'tenant') return 'buy'
  return isSeller(await ownTrader(tx, ctx.actor)) ? 'sell' : 'agency'
}

const positionForm = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d{2}(?:-\d{2})?):([A-Z]{3})$/

function positionOf({ after }: PageRequest): SummaryWish['after'] {
  if (after === undefined) return undefined
  const [groupId = '', currency = ''] = placeIn(after, positionForm)
  return { groupId, currency }
}
