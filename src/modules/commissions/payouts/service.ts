import { resolveFx } from '../../../billing/fx.ts'
import { amountText, type Currency, currency, decimal, sum } from '../../../billing/money.ts'
import {
  type Balance,
  balancesOf,
  type CarryReason,
  minimumOf,
  type Paid,
  payIn,
  whyCarried,
} from '../../../billing/payout.ts'
import { type Ctx, inTx, inTxOnce } from '../../../platform/context.ts'
import { isViolation, type Tx } from '../../../platform/db.ts'
import { invariant, notFound } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import type { Versioned } from '../../../platform/request.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { listFxCandidates } from '../../pricing/fx/service.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import { findOwnCurrency, lockCommissions } from '../rules/queries.ts'
import { needsPerson } from '../statements/errors.ts'
import { asSeller } from '../statements/service.ts'
import { nothingDue, statementTaken } from './errors.ts'
import type { BalanceQuery, Balances, NewPayout, Payout, PayoutFilters } from './model.ts'
import * as queries from './queries.ts'

const minor = (amount: string, code: Currency): string => amountText(decimal(amount), code)

const toHead = ({ version: _, ...row }: queries.PayoutRow) => {
  const code = currency(row.currency)
  return { ...row, minimum: minor(row.minimum, code), total: minor(row.total, code) }
}

/** The batches of the caller, newest first. */
export async function listPayouts(ctx: Ctx, filters: PayoutFilters): Promise<Page<Omit<Payout, 'payments'>>> {
  const page = idPageRequest('payouts', filters)
  const rows = await inTx(ctx, (tx) => queries.listPayouts(tx, ctx.actor, filters, page))
  return pageOf('payouts', page, rows, ({ id }) => id, toHead)
}

/** @throws notFound */
export const getPayout = (ctx: Ctx, id: string): Promise<Versioned<Payout>> =>
  inTx(ctx, (tx) => readPayout(ctx, tx, id))

/** One batch with its payments, one for each payee. @throws notFound, for a foreign one and an absent one alike. */
export async function readPayout(ctx: Ctx, tx: Tx, id: string): Promise<Versioned<Payout>> {
  const row = await queries.findPayout(tx, ctx.actor, id)
  if (!row) throw notFound()
  const paid = await queries.listPaid(tx, ctx.actor, id)
  const exchanges = new Map((await queries.listExchanges(tx, ctx.actor, id)).map((one) => [one.payeeId, one]))
  const code = currency(row.currency)
  const payments = [...Map.groupBy(paid, ({ payeeId }) => payeeId)].map(([payeeId, statements]) => {
    const amount = amountText(sum(statements.map((one) => decimal(one.amount))), code)
    return {
      payeeId,
      amount,
      ...toPaid(exchanges.get(payeeId), { currency: row.currency, amount }),
      statementIds: statements.map(({ statementId }) => statementId),
      isReturned: statements.every(({ returnId }) => returnId !== null),
    }
  })
  return { value: { ...toHead(row), payments }, version: row.version }
}

/** What leaves the bank for a payment: the same where nothing was converted. */
const toPaid = (exchanged: queries.ExchangeRow | undefined, owed: { currency: string; amount: string }) =>
  exchanged
    ? {
        paidCurrency: exchanged.paidCurrency,
        paidAmount: minor(exchanged.paidAmount, currency(exchanged.paidCurrency)),
        fxRateId: exchanged.fxRateId,
      }
    : { paidCurrency: owed.currency, paidAmount: owed.amount, fxRateId: null }

/** What the acting payer owes each payee, and whether the next batch pays it. @throws notASeller, DomainError 422 */
export const listBalances = (ctx: Ctx, query: BalanceQuery): Promise<Balances> =>
  inTx(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const { code, balances } = await readBalances(ctx, tx, query)
    return {
      data: balances.map(({ payeeId, amount, payoutCurrency, paid, carriedFor, statements }) => ({
        payeeId,
        currency: code,
        amount: amountText(amount, code),
        payoutCurrency,
        payoutAmount: paid ? amountText(paid.amount, paid.currency) : null,
        isDue: carriedFor === null,
        carriedFor,
        statementIds: statements.map(({ statementId }) => statementId),
      })),
    }
  })

/** A balance with what would leave the bank for it today. */
type PayableBalance = Balance<queries.OwedRow> & {
  readonly payoutCurrency: Currency
  readonly paid: Paid | undefined
  readonly carriedFor: CarryReason | null
}

async function readBalances(
  ctx: Ctx,
  tx: Tx,
  query: BalanceQuery,
): Promise<{ code: Currency; minimum: string; balances: PayableBalance[] }> {
  const own = query.currency ?? (await findOwnCurrency(tx, ctx.actor))
  const code = checkedInput(() => currency(own, '/currency'))
  const minimum = checkedInput(() => minimumOf(query.minimum, '/minimum'))
  const owed = await queries.listOwed(tx, ctx.actor, code)
  const balances = await inPayeesCurrencies(ctx, tx, code, balancesOf(owed, minimum))
  return { code, minimum: minimum.toFixed(), balances }
}

/** At the rates in force today: the payer's own row for the pair, else the platform's. */
async function inPayeesCurrencies(
  ctx: Ctx,
  tx: Tx,
  from: Currency,
  balances: readonly Balance<queries.OwedRow>[],
): Promise<PayableBalance[]> {
  const wished = balances.map((balance) => {
    const [first] = balance.statements
    invariant(first, 'a balance is made of statements')
    const to = currency(first.payoutCurrency)
    return { balance, to, wish: { sellerId: ctx.actor.organizationId, from, to, day: first.today } }
  })
  const wishes = [...new Map(wished.filter(({ to }) => to !== from).map(({ to, wish }) => [to, wish])).values()]
  const rates = await asSeller(ctx, tx, () => listFxCandidates(tx, wishes))
  return wished.map(({ balance, to, wish }) => {
    const paid = payIn(balance.amount, from, to, resolveFx(rates, wish))
    return { ...balance, payoutCurrency: to, paid, carriedFor: whyCarried(balance, paid) }
  })
}

/**
 * Makes a draft batch of the acting payer out of all approved statements whose payees' balances are due; what is negative,
 * below the minimum or without a rate of exchange is carried on. What is paid in another currency is pinned with its rate.
 * @throws notASeller, needsPerson, nothingDue, statementTaken, DomainError 422
 */
export async function createPayout(ctx: Ctx, input: NewPayout): Promise<Versioned<Payout>> {
  try {
    return await inTxOnce(ctx, (tx) => insertPayout(ctx, tx, input))
  } catch (error) {
    if (isViolation(error, 'payout_statement_paid_once')) throw statementTaken()
    throw error
  }
}

async function insertPayout(ctx: Ctx, tx: Tx, { payeeIds, ...query }: NewPayout): Promise<Versioned<Payout>> {
  const { actor } = ctx
  await assertSeller(tx, actor)
  if (actor.accountId === null) throw needsPerson()
  const by = actor.accountId
  await lockCommissions(tx, actor.organizationId)
  const { code, minimum, balances } = await readBalances(ctx, tx, query)
  const wanted = balances.filter(
    ({ payeeId, carriedFor }) => carriedFor === null && (!payeeIds || payeeIds.includes(payeeId)),
  )
  if (wanted.length === 0) throw nothingDue()
  const total = amountText(sum(wanted.map(({ amount }) => amount)), code)
  const statementIds = wanted.flatMap(({ statements }) => statements.map((one) => one.statementId))
  const payer = { id: actor.organizationId, level: actor.level }
  const id = await asSeller(ctx, tx, async () => {
    const made = await queries.insertPayout(tx, { payer, currency: code, minimum, total, by })
    await queries.insertPaid(tx, made, statementIds)
    await queries.insertPayments(tx, made)
    await queries.insertExchanges(tx, made, wanted.flatMap(toExchange))
    return made
  })
  await notePayout(ctx, tx, 'payout.created', id)
  return readPayout(ctx, tx, id)
}

const toExchange = ({ payeeId, paid }: PayableBalance): queries.ExchangeRow[] =>
  paid?.fxRateId
    ? [
        {
          payeeId,
          paidCurrency: paid.currency,
          paidAmount: amountText(paid.amount, paid.currency),
          fxRateId: paid.fxRateId,
        },
      ]
    : []

/** Notes what was done to a batch. */
export const notePayout = (
  ctx: Ctx,
  tx: Tx,
  action: string,
  id: string,
  details: Readonly<Record<string, string>> = {},
) => recordAudit(tx, ctx.actor, { action, objectType: 'payout', objectId: id, details }, ctx.requestId)
