import { type MinimumDetails, minimumSteps } from '../../../billing/commitments.ts'
import { replay, type Step } from '../../../billing/derivation.ts'
import { exchange } from '../../../billing/fx.ts'
import {
  amountText,
  currency,
  decimal,
  type Decimal,
  minorDigits,
  plainText,
  roundToMinor,
} from '../../../billing/money.ts'
import type { PoolDetails } from '../../../billing/pools.ts'
import type { PartDetails } from '../../../billing/rate-line.ts'
import { rateParts } from '../../../billing/rate-period.ts'
import { countedHow, sentencesOf } from '../../../billing/sentences.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { invariant, notFound } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { houseScope } from '../../../platform/scopes.ts'
import { listPinnedRates, type SourcedRate } from '../../pricing/fx/service.ts'
import { originsOf } from '../../pricing/price-lists/rates.ts'
import * as queries from '../queries.ts'
import { findSeen } from '../service.ts'
import { explainCharge } from './charge.ts'
import { computed, withCorrection } from './corrected.ts'
import { explainReduction } from './discounts.ts'
import type { DiscountExplanation, Explanation } from './model.ts'

/**
 * How a line came to its amount: quantities, the price version that applied, its tiers, the rounding. Computed again from
 * the frozen prices by the function that billed it. Who sees the line sees its price and no other one of that seller.
 * @throws notFound
 */
export const explainLine = (ctx: Ctx, invoiceId: string, line: number): Promise<Explanation | DiscountExplanation> =>
  inTx(ctx, async (tx) => {
    const invoice = await findSeen(ctx, tx, invoiceId)
    const reduction = await queries.findReduction(tx, ctx.actor, invoiceId, line)
    if (reduction) return explainReduction(reduction, invoice.currency)
    const parts = await queries.listParts(tx, ctx.actor, invoiceId, line)
    const asked = parts.findIndex((part) => part.line === line)
    const part = parts[asked]
    if (!part) throw notFound()
    const replayed = await explainParts(tx, invoice, parts.map(computed), asked)
    const explained = withCorrection(replayed, part, invoice)
    return ctx.actor.organizationId === invoice.sellerId ? withOrigin(tx, invoice.sellerId, explained) : explained
  })

/** Where a derived price came from is its seller's business alone. */
async function withOrigin(tx: Tx, sellerId: string, explained: Explanation): Promise<Explanation> {
  const { price } = explained
  const derivedFrom = (await originsOf(tx, sellerId, [price.priceVersionId])).get(price.priceVersionId) ?? null
  return { ...explained, price: { ...price, derivedFrom } }
}

/**
 * Explains one of the parts of a line that the caller was shown, of a document or of an estimate. Goes on as the seller's
 * money duties.
 */
export async function explainParts(
  tx: Tx,
  { sellerId, currency }: { readonly sellerId: string; readonly currency: string },
  parts: readonly queries.PartRow[],
  asked: number,
): Promise<Explanation> {
  const prices = await readPrices(tx, sellerId, parts)
  const [fx] = await listPinnedRates(tx, [parts[asked]?.fxRateId ?? nilId])
  return explanationOf(currency, parts, asked, { prices, fx })
}

/**
 * The prices of lines that the caller was shown. Only the seller's money duties read every list: the lines decide which of
 * its prices are read. Goes on as these.
 */
export async function readPrices(
  tx: Tx,
  sellerId: string,
  parts: readonly PricedPart[],
): Promise<ReadonlyMap<string, queries.PriceRow>> {
  const scope = houseScope('weir_seller', sellerId)
  await enterScope(tx, scope)
  const rows = await queries.listPrices(
    tx,
    sellerId,
    parts.flatMap((part) => [part.priceVersionId, partDetails(part).termsRateId ?? part.priceVersionId]),
  )
  return new Map(rows.map((row) => [row.id, row]))
}

type Prices = ReadonlyMap<string, queries.PriceRow>

type PricedPart = Pick<queries.PartRow, 'priceVersionId'> & { readonly details?: object | null }

const partDetails = ({ details }: PricedPart): PartDetails => details ?? {}

const priceOf = (prices: Prices, id: string): queries.PriceRow => {
  const price = prices.get(id)
  invariant(price, 'a price on paper is kept for ever')
  return price
}

/** The price whose terms hold for the whole month: the one that the parts name, else the last one's own. */
function termsOf(parts: readonly queries.PartRow[], prices: Prices): queries.PriceRow | undefined {
  const named = parts.map((part) => partDetails(part).termsRateId).find((id) => id !== undefined)
  const id = named ?? parts.at(-1)?.priceVersionId
  return id === undefined ? undefined : priceOf(prices, id)
}

const stepsOf = (
  parts: readonly queries.PartRow[],
  prices: Prices,
  asked: number,
  quantityOf: (part: queries.PartRow) => Decimal,
): readonly Step[] =>
  rateParts(
    parts.map((part) => ({ rate: priceOf(prices, part.priceVersionId).rate, quantity: quantityOf(part) })),
    termsOf(parts, prices)?.rate,
  )[asked]?.derivation ?? []

/** The steps now and in earlier periods; prices that look at single events have theirs kept with the line. */
function bothSteps(parts: readonly queries.PartRow[], asked: number, prices: Prices) {
  const part = parts[asked]
  invariant(part, 'the asked line is one of its parts')
  if (part.kind === 'minimum') return minimumSteps(part.details as MinimumDetails)
  const kept = partDetails(part).steps
  if (kept) return kept
  const pool = partDetails(part).pool
  if (pool) return { after: pool.steps, before: pool.stepsBefore ?? [] }
  const after = stepsOf(parts, prices, asked, (one) => decimal(one.quantityBefore).plus(decimal(one.quantity)))
  const isLate = parts.some((one) => one.kind === 'late')
  return { after, before: isLate ? stepsOf(parts, prices, asked, (one) => decimal(one.quantityBefore)) : [] }
}

function shownTerms(price: queries.PriceRow | undefined): Explanation['terms'] {
  if (!price) return null
  const { includedQuantity = null, minimum = null, maximum = null } = price.rate
  return includedQuantity === null && minimum === null && maximum === null
    ? null
    : { priceVersionId: price.id, includedQuantity, minimum, maximum }
}

/** What is priced together, and what earlier months had rated of it. */
const toldPool = ({ quantity, quantityBefore = '0', unrounded }: PoolDetails) => ({
  quantity,
  quantityBefore,
  unrounded,
})

type Frozen = { readonly prices: Prices; readonly fx: SourcedRate | undefined }

/** What the line was converted at, with the amount before it. */
const exchangeOf = (fx: SourcedRate | undefined, amount: Decimal): Explanation['exchange'] => {
  if (!fx) return null
  const { id: fxRateId, from, to, rate, validFrom, source } = fx
  return { fxRateId, from, to, rate, validFrom, source, amount: plainText(amount) }
}

function quantityOf(part: queries.PartRow): Explanation['quantity'] {
  const { kind, quantityBefore: before, quantity: now, unit } = part
  const isUsage = kind === 'usage' || kind === 'late'
  const counted = isUsage ? countedHow(part.aggregation, part.uniqueBy) : undefined
  return { before, now, unit, ...(counted !== undefined && { counted }) }
}

function explanationOf(
  code: string,
  parts: readonly queries.PartRow[],
  asked: number,
  { prices, fx }: Frozen,
): Explanation {
  const part = parts[asked]
  invariant(part, 'the asked line is one of its parts')
  if (part.charge) {
    const exchanged = (amount: string) => exchangeOf(fx, decimal(amount))
    const price = priceOf(prices, part.priceVersionId)
    return explainCharge({ part, charge: part.charge, price, fx, exchanged }, currency(code))
  }
  const { after, before } = bothSteps(parts, asked, prices)
  const amount = replay(after).minus(replay(before))
  const isConverted = fx !== undefined && part.kind !== 'minimum'
  const whole = isConverted ? exchange(amount, fx) : amount
  const pool = partDetails(part).pool
  invariant(whole.equals(decimal(pool?.unrounded ?? part.unrounded)), 'a replayed line gives the same amount')
  const unrounded = pool ? decimal(part.unrounded) : whole
  const { rate, id, ...price } = priceOf(prices, part.priceVersionId)
  const money = currency(code)
  const explanation: Omit<Explanation, 'says'> = {
    line: part.line,
    kind: part.kind,
    quantity: quantityOf(part),
    price: { priceVersionId: id, ...price, derivedFrom: null },
    parts: parts.map(({ line, serviceStart, serviceEnd, quantityBefore, quantity }) => ({
      line,
      serviceStart,
      serviceEnd,
      before: quantityBefore,
      now: quantity,
    })),
    terms: shownTerms(termsOf(parts, prices)),
    commitment: part.kind === 'minimum' ? { daysNotListed: 0, ...(part.details as MinimumDetails) } : null,
    pool: pool ? toldPool(pool) : null,
    after: [...after],
    before: [...before],
    exchange: exchangeOf(fx, isConverted ? amount : decimal(rate.minimum ?? '0')),
    unrounded: plainText(unrounded),
    rounding: { digits: minorDigits(money), mode: 'half away from zero' },
    net: amountText(roundToMinor(unrounded, money), money),
  }
  return { ...explanation, says: sentencesOf({ ...explanation, after, before, currency: money }) }
}
