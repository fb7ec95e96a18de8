import { reverse } from '../../../billing/commission-clawback.ts'
import { partOfDays } from '../../../billing/commission-line.ts'
import { type Portion, portionsOf } from '../../../billing/commission-portions.ts'
import { commissionOn, countsToDate, earnToDate, retierLine } from '../../../billing/commission.ts'
import { daysBetween } from '../../../billing/days.ts'
import { amountText, currency, decimal, type Decimal, plainText, roundToMinor, zero } from '../../../billing/money.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { invariant, notFound } from '../../../platform/errors.ts'
import { houseScope } from '../../../platform/scopes.ts'
import { spelledTiers } from '../rules/terms.ts'
import type { Explanation } from './model.ts'
import * as queries from './queries.ts'

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
  | 'takesBack'
  | 'amount'
>

/**
 * Explains an earning by computing it again from the line and the snapshot of its rule (law 17). Who takes a part of
 * somebody else's earning is shown its share of the whole, and not how the whole came about.
 * @throws notFound
 */
export const explainEarning = (ctx: Ctx, id: string): Promise<Explanation> =>
  inTx(ctx, async (tx) => {
    const row = await queries.findExplained(tx, ctx.actor, id)
    if (!row) throw notFound()
    const replay = row.shareOf === null ? replayWhole(row) : await replayShare(tx, row, row.shareOf)
    invariant(replay.amount === row.amount, 'an earning replays to its own amount')
    return { ...factsOf(row), ...replay, cost: row.payerId === ctx.actor.organizationId ? costOf(row) : null }
  })

/** By a rule on the margin, what the payer pays itself for these days: what the line has for them, less the base. */
function costOf(row: Row): string | null {
  const { lineBase, lineStart: serviceStart, lineEnd: serviceEnd } = row
  if (row.rule.basis !== 'margin' || row.reverses !== null || row.eventId !== null || row.shareOf !== null) return null
  if (lineBase === null || serviceStart === null || serviceEnd === null) return null
  const code = currency(row.currency)
  const days = { from: row.serviceStart, to: row.serviceEnd }
  const ofDays = partOfDays(decimal(lineBase), { serviceStart, serviceEnd }, days, code)
  return amountText(ofDays.minus(decimal(row.base)), code)
}

function factsOf(row: Row): Omit<Explanation, keyof Replay | 'cost'> {
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
    eventId: row.eventId,
  }
}

const partOf = (row: Row, { percent }: Portion) => ({
  shareOf: row.shareOf,
  percent: plainText(percent),
  heldUntil: row.heldUntil,
})

const replayWhole = (row: Row): Replay => (row.kind === 'reversal' ? replayReversal(row) : replayEarned(row))

/** The figures as text, with the part that the row is of the whole. */
function figuresOf(row: Row, figures: Figures): Replay {
  const code = currency(row.currency)
  const inMinor = (value: Decimal) => amountText(value, code)
  const { before, earned, unrounded, rounded, whole } = figures
  const [own] = portionsOf(row.rule, row.payeeId, whole, code)
  invariant(own, 'an earning has a portion')
  return {
    baseBefore: inMinor(before),
    steps: [...figures.steps],
    unrounded: plainText(unrounded),
    rounded: inMinor(rounded),
    uncappedToDate: row.uncappedToDate,
    earnedBefore: inMinor(earned),
    earnedToDate: inMinor(earned.plus(whole)),
    whole: inMinor(whole),
    takesBack: takesBackOf(row),
    part: partOf(row, own),
    amount: inMinor(own.amount),
  }
}
type Figures = {
  readonly before: Decimal
  readonly earned: Decimal
  readonly steps: Replay['steps']
  readonly unrounded: Decimal
  readonly rounded: Decimal
  readonly whole: Decimal
}

const takesBackOf = ({ reverses, namedBase, namedAmount }: Row): Replay['takesBack'] =>
  reverses && namedBase && namedAmount ? { earningId: reverses, base: namedBase, amount: namedAmount } : null

/** F of the rule's scope, rounded, within cap and floor, less what the scope had earned before. */
function replayEarned(row: Row): Replay {
  const { rule } = row
  const code = currency(row.currency)
  const [base, baseToDate] = [decimal(row.base), decimal(row.baseToDate)]
  // A line of its own is tiered on itself; what a credit left of it is tiered again.
  const lineBefore = row.reverses === null && row.eventId === null ? zero : lineBeforeOf(row)
  const tiered = rule.scope === 'period' ? baseToDate : lineBefore.plus(base)
  const { amount: unrounded, derivation } = commissionOn(rule.tiers, tiered)
  const earned = decimal(row.amountToDate).minus(decimal(row.whole ?? row.amount))
  const own = () => retierLine(rule, lineBefore, base, code)
  const uncapped = row.uncappedToDate === null ? undefined : decimal(row.uncappedToDate).minus(own())
  const before = { base: baseToDate.minus(base), earned, uncapped }
  const whole = countsToDate(rule) ? earnToDate(rule, before, base, code, lineBefore).amount : own()
  const rounded = roundToMinor(unrounded, code)
  return figuresOf(row, { before: before.base, earned, steps: [...derivation], unrounded, rounded, whole })
}

/** What the line held before a credit: of a rule that counts to date it is not in the figures to date. */
const lineBeforeOf = (row: Row): Decimal =>
  countsToDate(row.rule) ? decimal(row.lineBefore ?? '0') : decimal(row.baseToDate).minus(decimal(row.base))

/** The share of the earning that its base lost to date, rounded, less what reversals took before. */
function replayReversal(row: Row): Replay {
  const code = currency(row.currency)
  const named = { base: decimal(row.namedBase ?? '0'), amount: decimal(row.namedAmount ?? '0') }
  const toDate = decimal(row.baseToDate)
  const before = toDate.minus(decimal(row.base))
  const taken = decimal(row.amountToDate).minus(decimal(row.whole ?? row.amount))
  const { amount: whole } = reverse(named, { base: before, amount: taken }, decimal(row.base), code)
  const unrounded = named.base.isZero() ? zero : named.amount.times(toDate).dividedBy(named.base)
  const rounded = roundToMinor(unrounded, code)
  return figuresOf(row, { before, earned: taken, steps: [], unrounded, rounded, whole })
}

/** Its percent of the whole, to the cent that makes all parts add up. */
async function replayShare(tx: Tx, row: Row, shareOf: string): Promise<Replay> {
  const { payerId } = row
  // Only the payer reads the other parts: nothing of them leaves but what this one is a part of.
  await enterScope(tx, houseScope('weir_seller', payerId))
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
    takesBack: null,
    part: partOf(row, portion),
    amount,
  }
}
