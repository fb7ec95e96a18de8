import { checkDiscount } from '../../billing/discount.ts'
import {
  boundedNonNegative,
  currency,
  decimal,
  Decimal,
  minorDigits,
  minorText,
  plainText,
  zero,
} from '../../billing/money.ts'
import { validity } from '../../billing/tax.ts'
import { type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField, notFound, unknownReference } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import { checkedInput } from '../billing-errors.ts'
import { markEstimatesDue } from '../billing/estimates/due.ts'
import { assertSeller } from '../pricing/sellers.ts'
import { findSkuByCode } from '../pricing/skus/service.ts'
import type { Discount, DiscountFilters, NewDiscount } from './model.ts'
import * as queries from './queries.ts'

function toDiscount(row: queries.DiscountRow): Discount {
  const text = (amount: string) => minorText(amount, currency(row.currency))
  const left =
    row.limitAmount === null
      ? null
      : Decimal.min(row.limitAmount, Decimal.max(zero, decimal(row.limitAmount).minus(row.used)))
  return {
    ...row,
    limitAmount: row.limitAmount === null ? null : text(row.limitAmount),
    used: text(row.used),
    remaining: left === null ? null : text(plainText(left)),
  }
}

/** Takes something off a buyer's documents from now on. @throws notASeller, DomainError 422 with pointers */
export const createDiscount = (ctx: Ctx, input: NewDiscount): Promise<Discount> =>
  inTxOnce(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const code = await queries.findEdgeCurrency(tx, ctx.actor, input.buyerId)
    if (!code) throw unknownReference('/buyerId')
    const checked = checkNumbers(input, code)
    const id = await queries.insertDiscount(tx, {
      ...checked,
      ...(await targetsOf(ctx, tx, input)),
      sellerId: ctx.actor.organizationId,
      buyerId: input.buyerId,
      name: input.name,
      scope: input.scope,
      kind: input.kind,
      currency: code,
      limitPeriods: input.limitPeriods ?? null,
    })
    await note(ctx, tx, 'discount.created', id)
    await markEstimatesDue(tx, ctx.actor, input.buyerId)
    return readDiscount(ctx, tx, id)
  })

function checkNumbers(input: NewDiscount, code: string) {
  return checkedInput(() => {
    const value = checkDiscount(input, currency(code))
    const { from: validFrom, to: validTo } = validity(input.validFrom, input.validTo)
    if (input.limitAmount === undefined) return { value, validFrom, validTo, limitAmount: null }
    return { value, validFrom, validTo, limitAmount: checkDiscountLimit(input.limitAmount, code) }
  })
}

function checkDiscountLimit(limitAmount: string, code: string): string {
  const limit = boundedNonNegative(limitAmount, '/limitAmount')
  if (limit.isZero()) throw invalidField('/limitAmount', 'discount.zero', 'must be above zero')
  if (limit.decimalPlaces() > minorDigits(currency(code))) {
    throw invalidField('/limitAmount', 'discount.digits', 'must have no more digits than the currency')
  }
  return plainText(limit)
}

async function targetsOf(ctx: Ctx, tx: Tx, input: NewDiscount) {
  const { subscriptionId = null, sku: skuCode, resource = null, buyerId } = input
  checkTargets(input)
  if (subscriptionId !== null && !(await queries.isSoldTo(tx, ctx.actor, subscriptionId, buyerId))) {
    throw unknownReference('/subscriptionId')
  }
  const sku = skuCode === undefined ? null : await findSkuByCode(tx, skuCode)
  if (sku === undefined) throw unknownReference('/sku')
  if (resource !== null && sku?.aggregation !== 'sum') {
    throw invalidField('/sku', 'discount.not_summed', 'a resource has a share only of what is summed')
  }
  return { subscriptionId, skuId: sku?.id ?? null, resource }
}

const targets = ['subscriptionId', 'sku', 'resource'] as const
type Target = (typeof targets)[number]

const needed: Readonly<Record<NewDiscount['scope'], readonly Target[]>> = {
  buyer: [],
  subscription: ['subscriptionId'],
  sku: ['sku'],
  resource: targets,
}

/** What each scope may be narrowed to besides what it needs. */
const allowed: Readonly<Record<NewDiscount['scope'], readonly Target[]>> = {
  buyer: [],
  subscription: ['sku'],
  sku: ['subscriptionId'],
  resource: [],
}

function checkTargets(input: NewDiscount): void {
  const missing = needed[input.scope].find((target) => input[target] === undefined)
  if (missing) throw invalidField(`/${missing}`, 'field.required', 'this scope needs it')
  const known = new Set([...needed[input.scope], ...allowed[input.scope]])
  const other = targets.find((target) => input[target] !== undefined && !known.has(target))
  if (other) throw invalidField(`/${other}`, 'field.unknown', 'does not belong to a discount of this scope')
}

const note = (ctx: Ctx, tx: Tx, action: string, objectId: string): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType: 'discount', objectId }, ctx.requestId)

async function readDiscount(ctx: Ctx, tx: Tx, id: string): Promise<Discount> {
  const row = await queries.findDiscount(tx, ctx.actor, id)
  if (!row) throw notFound()
  return toDiscount(row)
}

/** @throws notFound, alike for an absent discount and one between others. */
export const getDiscount = (ctx: Ctx, id: string): Promise<Discount> => inTx(ctx, (tx) => readDiscount(ctx, tx, id))

/** Discounts of own sales and purchases, newest first. */
export const listDiscounts = (ctx: Ctx, filters: DiscountFilters): Promise<Page<Discount>> => {
  const page = idPageRequest('discounts', filters)
  return inTx(ctx, async (tx) =>
    pageOf('discounts', page, await queries.listDiscounts(tx, ctx.actor, filters, page), ({ id }) => id, toDiscount),
  )
}

/** Lets a discount end earlier; drafts and documents keep what it took off. @throws notFound, DomainError 422 at /validTo */
export const endDiscount = (ctx: Ctx, id: string, validTo: string): Promise<Discount> =>
  inTxOnce(ctx, async (tx) => {
    const discount = await readDiscount(ctx, tx, id)
    if (discount.sellerId !== ctx.actor.organizationId) throw notFound()
    checkedInput(() => validity(discount.validFrom, validTo))
    if (discount.validTo !== null && validTo > discount.validTo) {
      throw invalidField('/validTo', 'discount.end_later', 'a discount can only end earlier')
    }
    await queries.endDiscount(tx, discount.sellerId, id, validTo)
    await note(ctx, tx, 'discount.ended', id)
    await markEstimatesDue(tx, ctx.actor, discount.buyerId)
    return readDiscount(ctx, tx, id)
  })
