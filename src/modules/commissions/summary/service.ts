import { amountText, currency, decimal, sum } from '../../../billing/money.ts'
import { type Actor, type Ctx, inTx } from '../../../platform/context.ts'
import { isSeller, ownTrader } from '../../pricing/sellers.ts'

import { estimatePending, knownSum, type Pending } from './pending.ts'
import * as queries from './queries.ts'
import type { Summary, SummaryQuery, SummaryRow } from './model.ts'

/** Where the documents behind a row are listed. */
function linksOf(
  { payerId, payeeId, currency: code }: Omit<Group, 'payeeId'> & { payeeId: string | undefined },
  period: string,
  side: queries.Side,
): SummaryRow['links'] {
  const list = (name: string, filters: Record<string, string>) =>
    `/api/v1/commissions/${name}?${new URLSearchParams({ ...filters, currency: code, ...(payeeId && { payeeId }) })}`
  return {
    earnings: list('earnings', { period, payerId }),
    statements: list('statements', { earningPeriod: period, payerId }),
    payouts: side === 'payer' ? list('payouts', { earningPeriod: period }) : null,
  }
}

type Group = { payerId: string; payeeId: string; currency: string }
type Parts = { pending: readonly Pending[]; earned: readonly queries.EarnedRow[] }

/**
 * What the caller pays to its agents, or earns as one, in a period: estimated now, and what the books say. Answers without
 * any run; amounts that can't be known are null.
 */
export const summarize = (ctx: Ctx, query: SummaryQuery): Promise<Summary> =>
  inTx(ctx, async (tx) => {
    const { actor } = ctx
    const side: queries.Side = isSeller(await ownTrader(tx, actor)) ? 'payer' : 'payee'
    const { period, payeeId, groupBy = 'payee' } = query
    const pending = await estimatePending(tx, actor, side, { period, payeeId })
    const earned = await queries.listEarned(tx, actor, side, period)
    const wanted = earned.filter((row) => payeeId === undefined || row.payeeId === payeeId)
    const groups = groupsOf(groupBy, { pending, earned: wanted })
    const names = await namesOf(
      tx,
      actor,
      [...groups.values()].map(({ first }) => first[`${groupBy}Id`]),
    )
    const rows = [...groups.values()].map(({ first, parts }): SummaryRow => {
      const groupId = first[`${groupBy}Id`]
      return {
        groupBy,
        groupId,
        name: names.get(groupId) ?? null,
        payerId: first.payerId,
        payeeId: groupBy === 'payee' ? first.payeeId : null,
        period,
        side,
        currency: first.currency,
        ...amountsOf(first.currency, parts),
        ...countsOf(parts),
        links: linksOf({ ...first, payeeId: groupBy === 'payee' ? first.payeeId : payeeId }, period, side),
      }
    })
    return { data: rows.toSorted(byGroup) }
  })

const byGroup = (a: SummaryRow, b: SummaryRow): number => {
  const [one, other] = [`${a.groupId} ${a.currency} ${a.payerId}`, `${b.groupId} ${b.currency} ${b.payerId}`]
  return one < other ? -1 : 1
}

function groupsOf(groupBy: 'payee' | 'payer', { pending, earned }: Parts): Map<string, { first: Group; parts: Parts }> {
  const keyOf = (row: Group) => `${row.payerId} ${groupBy === 'payee' ? row.payeeId : ''} ${row.currency}`
  const pendingOf = Map.groupBy(pending, keyOf)
  const earnedOf = Map.groupBy(earned, keyOf)
  const first = new Map<string, Group>([...pending, ...earned].map((row) => [keyOf(row), row]))
  return new Map(
    [...first].map(([key, group]) => [
      key,
      { first: group, parts: { pending: pendingOf.get(key) ?? [], earned: earnedOf.get(key) ?? [] } },
    ]),
  )
}

function amountsOf(text: string, { pending, earned }: Parts) {
  const code = currency(text)
  const estimated = knownSum(pending)
  const inAll = (of: (row: queries.EarnedRow) => string) => amountText(sum(earned.map((row) => decimal(of(row)))), code)
  return {
    estimated: estimated && amountText(estimated, code),
    earned: inAll((row) => row.earned),
    reversed: inAll((row) => row.reversed),
    approved: inAll((row) => row.approved),
    paid: inAll((row) => row.paid),
  }
}

const total = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((all, row) => all + of(row), 0)

function countsOf({ pending, earned }: Parts) {
  const asOf =
    pending
      .flatMap((row) => row.asOf ?? [])
      .sort()
      .at(-1) ?? null
  return {
    lines: total(pending, ({ lines }) => lines) + total(earned, ({ lines }) => lines),
    withoutRule: total(pending, ({ withoutRule }) => withoutRule),
    parked: total(pending, ({ parked }) => parked),
    asOf,
  }
}

async function namesOf(tx: Parameters<typeof queries.listNames>[0], actor: Actor, ids: readonly string[]) {
  const rows = await queries.listNames(tx, actor, [...new Set(ids)])
  return new Map(rows.map(({ id, name }) => [id, name]))
}
