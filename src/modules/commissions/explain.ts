import { type Portion, portionsOf } from '../../billing/commission-portions.ts'
import { commissionOn, countsToDate, earnToDate } from '../../billing/commission.ts'
import { daysBetween } from '../../billing/days.ts'
import { amountText, currency, decimal, type Decimal, plainText, roundToMinor } from '../../billing/money.ts'
import { type Ctx, inTx } from '../../platform/context.ts'
import { enterScope, type Tx } from '../../platform/db.ts'
import { invariant, notFound } from '../../platform/errors.ts'
import { nilId } from '../../platform/ids.ts'
import type { Explanation } from './model.ts'
import * as queries from './queries-earnings.ts'
import { spelledTiers } from './terms.ts'

type Row = queries.ExplainedRow
type Replay = Pick<
  Explanation,
  | 'baseBefore'
  | 'steps'
  | 'unrounded'
  | 'rounded'
  | 'uncappedToDate'
  | 'earnedBefore'
  | 'earnedToDate'
  | 'whole'
  | 'part'
  | 'amount'
>

/**
 * Explains an earning by computing it again from the line and the snapshot of its rule (design section 5 rule 17). Who
 * takes a part of somebody else's earning is shown its share of the whole, and not how the whole came about.
 * @throws notFound
 */
export const explainEarning = (ctx: Ctx, id: string): Promise<Explanation> =>
  inTx(ctx, async (tx) => {
    const row = await queries.findExplained(tx, ctx.actor, id)
    if (!row) throw notFound()
    const replay = row.shareOf === null ? replayEarned(row) : await replayShare(tx, row, row.shareOf)
    invariant(replay.amount === row.amount, 'an earning replays to its own amount')
    return { ...factsOf(row), ...replay }
  })

function factsOf(row: Row): Omit<Explanation, keyof Replay> {
  const { basis, scope, inherited, cap = null, floor = null } = row.rule
  const isShare = row.shareOf !== null
  return {
    earningId: row.id,
    kind: row.kind,
    currency: row.currency,
    document: { id: row.documentId, number: row.number, line: row.line },
    lineNet: row.lineNet,
    lineBase: row.lineBase,
    days: {
      serviceStart: row.serviceStart,
      serviceEnd: row.serviceEnd,
      earned: daysBetween(row.serviceStart, row.serviceEnd),
      ofLine: row.lineStart && row.lineEnd ? daysBetween(row.lineStart, row.lineEnd) : null,
    },
    base: row.base,
    rule: {
      ruleVersionId: row.ruleVersionId,
      basis,
      scope,
      inherited,
      tiers: isShare ? [] : spelledTiers(row.rule),
      cap: isShare ? null : cap,
      floor: isShare ? null : floor,
    },
    baseToDate: row.baseToDate,
  }
}

const partOf = (row: Row, { percent }: Portion) => ({
  shareOf: row.shareOf,
  percent: plainText(percent),
  heldUntil: row.heldUntil,
})

/** F of the rule's scope, rounded, within cap and floor, less what the scope had earned before. */
function replayEarned(row: Row): Replay {
  const { rule } = row
  const code = currency(row.currency)
  const inMinor = (value: Decimal) => amountText(value, code)
  const [base, baseToDate, amountToDate] = [decimal(row.base), decimal(row.baseToDate), decimal(row.amountToDate)]
  const { amount: unrounded, derivation } = commissionOn(rule.tiers, rule.scope === 'period' ? baseToDate : base)
  const rounded = roundToMinor(unrounded, code)
  const earned = amountToDate.minus(decimal(row.whole ?? row.amount))
  const uncapped = row.uncappedToDate === null ? undefined : decimal(row.uncappedToDate).minus(rounded)
  const before = { base: baseToDate.minus(base), earned, uncapped }
  const whole = countsToDate(rule) ? earnToDate(rule, before, base, code).amount : rounded
  const [own] = portionsOf(rule, row.payeeId, whole, code)
  invariant(own, 'an earning has a portion')
  return {
    baseBefore: inMinor(before.base),
    steps: [...derivation],
    unrounded: plainText(unrounded),
    rounded: inMinor(rounded),
    uncappedToDate: row.uncappedToDate,
    earnedBefore: inMinor(earned),
    earnedToDate: inMinor(earned.plus(whole)),
    whole: inMinor(whole),
    part: partOf(row, own),
    amount: inMinor(own.amount),
  }
}

/** Its percent of the whole, to the cent that makes all parts add up. */
async function replayShare(tx: Tx, row: Row, shareOf: string): Promise<Replay> {
  const { payerId } = row
  // Only the payer reads the other parts: nothing of them leaves but what this one is a part of.
  await enterScope(tx, {
    role: 'weir_seller',
    organizationId: payerId,
    accountId: null,
    sellerOfRecordId: nilId,
    line: [],
  })
  const earner = await queries.findEarner(tx, payerId, shareOf)
  invariant(earner, 'a part has a whole')
  const code = currency(row.currency)
  const whole = decimal(earner.amount)
  const portion = portionsOf(row.rule, earner.payeeId, whole, code).find(
    (one, index) => index > 0 && one.payeeId === row.payeeId && one.isHeld === (row.heldUntil !== null),
  )
  invariant(portion, 'a part is one of the portions')
  const [from, percent] = ['0', plainText(portion.percent)]
  const unrounded = plainText(whole.times(portion.percent).times('0.01'))
  const [nothing, all, amount] = [decimal('0'), whole, portion.amount].map((value) => amountText(value, code)) as [
    string,
    string,
    string,
  ]
  return {
    baseBefore: nothing,
    steps: [{ from, to: null, mode: 'marginal', base: plainText(whole), percent, amount: unrounded }],
    unrounded,
    rounded: amount,
    uncappedToDate: null,
    earnedBefore: nothing,
    earnedToDate: all,
    whole: all,
    part: partOf(row, portion),
    amount,
  }
}
