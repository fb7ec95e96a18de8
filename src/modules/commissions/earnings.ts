import { commissionOn } from '../../billing/commission.ts'
import { daysBetween } from '../../billing/days.ts'
import { amountText, currency, decimal, plainText, roundToMinor } from '../../billing/money.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import { invalidField, invariant, notFound } from '../../platform/errors.ts'
import { type Page, pageOf, pageRequest } from '../../platform/page.ts'
import type { Earning, EarningFilters, Explanation } from './model.ts'
import * as queries from './queries-earnings.ts'
import { spelledTiers } from './terms.ts'

/** What the caller earned or pays, the newest period first. */
export async function listEarnings(ctx: Ctx, filters: EarningFilters): Promise<Page<Earning>> {
  const page = pageRequest('earnings', filters)
  const after = page.after === undefined ? undefined : placeOf(page.after)
  const rows = await inTx(ctx, (tx) => queries.listEarnings(tx, ctx.actor, filters, { after, limit: page.limit }))
  return pageOf('earnings', page, rows, ({ period, id }) => `${period}.${id}`, toEarning)
}

/** @throws DomainError 422 for a cursor that this list did not give. */
function placeOf(position: string): queries.ListPlace {
  const [, period, id] = /^(\d{4}-\d{2})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/.exec(position) ?? []
  if (!period || !id) throw invalidField('/query/cursor', 'cursor.invalid', 'this cursor was not given for this list')
  return { period, id }
}

/** Earnings are never updated. */
const toEarning = (row: queries.EarningRow): Earning => ({ ...row, updatedAt: row.createdAt })

/**
 * Explains an earning by computing it again from the line and the snapshot of its rule (design section 5 rule 17).
 * @throws notFound
 */
export async function explainEarning(ctx: Ctx, id: string): Promise<Explanation> {
  const row = await inTx(ctx, (tx) => queries.findExplained(tx, ctx.actor, id))
  if (!row) throw notFound()
  const replay = replayed(row)
  invariant(replay.amount === row.amount, 'an earning replays to its own amount')
  const { basis, scope, inherited } = row.rule
  return {
    earningId: row.id,
    currency: row.currency,
    document: { id: row.documentId, number: row.number, line: row.line },
    lineNet: row.lineNet,
    days: {
      serviceStart: row.serviceStart,
      serviceEnd: row.serviceEnd,
      earned: daysBetween(row.serviceStart, row.serviceEnd),
      ofLine: daysBetween(row.lineStart, row.lineEnd),
    },
    base: row.base,
    rule: { ruleVersionId: row.ruleVersionId, basis, scope, inherited, tiers: spelledTiers(row.rule) },
    baseToDate: row.baseToDate,
    ...replay,
  }
}

/** F(base to date), rounded, less what the rule's scope had earned before. */
function replayed({ base, baseToDate, amount, amountToDate, currency: text, rule }: queries.ExplainedRow) {
  const code = currency(text)
  const { amount: unrounded, derivation } = commissionOn(rule.tiers, decimal(baseToDate))
  const rounded = roundToMinor(unrounded, code)
  const earnedBefore = decimal(amountToDate).minus(decimal(amount))
  return {
    baseBefore: amountText(decimal(baseToDate).minus(decimal(base)), code),
    steps: [...derivation],
    unrounded: plainText(unrounded),
    rounded: amountText(rounded, code),
    earnedBefore: amountText(earnedBefore, code),
    amount: amountText(rounded.minus(earnedBefore), code),
  }
}
