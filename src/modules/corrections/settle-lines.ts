import { allocate } from '../../billing/allocate.ts'
import type { LineDifference } from '../../billing/correction.ts'
import { amountText, type Currency, currency, plainText } from '../../billing/money.ts'
import type { OpenDiscount } from '../discounts/for-drafts.ts'
import type { Difference } from '../invoices/reissue/service.ts'
import { type EdgeToCorrect, type Face, keyOf, type LineChange } from './differences.ts'
import * as errors from './errors.ts'

/** What a discount gives up with a line. */
type GivenUp = { readonly discountId: string; readonly amount: string }

/** What is credited of a line of a document, and what its discounts give up with it. */
type Credit = { readonly documentId: string; readonly line: number; readonly net: string; readonly givenUp: GivenUp[] }

/** What is credited of each document that charged too much. */
export const creditsOf = ({ differences, changes, document }: EdgeToCorrect): Map<string, Credit[]> => {
  const money = currency(document.currency)
  const all = differences.flatMap((one) => creditsOfLine(one, changes.get(one.key), money))
  return Map.groupBy(all, ({ documentId }) => documentId)
}

/** Where more than one document has the line, what discounts give up is split by what is credited. */
function creditsOfLine({ credits }: LineDifference, change: LineChange | undefined, money: Currency): Credit[] {
  if (credits.length === 0) return []
  const weights = credits.map(({ net }) => net)
  const parts = [...(change?.off ?? [])].map(([discountId, { was, right }]) => ({
    discountId,
    amounts: allocate(was.minus(right), weights, money),
  }))
  return credits.map(({ documentId, line, net }, index) => ({
    documentId,
    line,
    net: amountText(net, money),
    givenUp: parts.flatMap(({ discountId, amounts }) => {
      const amount = amounts[index]
      return !amount || amount.isZero() ? [] : [{ discountId, amount: amountText(amount, money) }]
    }),
  }))
}

/**
 * What is charged besides, each line with the price that is right and before discounts, and what is off it.
 * @throws notCorrectable where others than the tenant would be charged
 */
export function chargesOf(
  period: string,
  edge: EdgeToCorrect,
  discounts: readonly OpenDiscount[],
): Pick<Difference, 'lines' | 'reductions'> {
  const money = currency(edge.document.currency)
  const charged = edge.differences.filter(({ charge }) => !charge.isZero())
  const rightOf = new Map(edge.right.map((line) => [keyOf(line.bucket as Face), line]))
  const lines = charged.map((one) => lineOf(period, one, rightOf.get(one.key), edge.changes.get(one.key), money))
  const reductions = charged.flatMap(({ key }, index) =>
    [...(edge.changes.get(key)?.off ?? [])]
      .map(([discountId, { was, right }]) => ({ discountId, amount: right.minus(was) }))
      .filter(({ amount }) => !amount.isZero())
      .map(({ discountId, amount }) => ({
        amends: index + 1,
        discountId,
        amount: amountText(amount, money),
        details: detailsOf(
          discounts.find(({ id }) => id === discountId),
          discountId,
          lines[index]?.net ?? '0',
        ),
      })),
  )
  return { lines, reductions }
}

const detailsOf = (discount: OpenDiscount | undefined, discountId: string, base: string): string => {
  const { name, scope, kind, value } = discount ?? {}
  return JSON.stringify({ discountId, name, scope, kind, value, base })
}

function lineOf(
  period: string,
  { charge, was, right }: LineDifference,
  line: EdgeToCorrect['right'][number] | undefined,
  change: LineChange | undefined,
  money: Currency,
): Difference['lines'][number] {
  if (!line?.bucket.rateId) throw errors.notCorrectable('correction.discounted')
  const { tenantId, bucket } = line
  const net = change?.net ?? { was, right }
  const { kind, subscriptionId, skuId, servicePeriod, regionId, serviceStart, serviceEnd } = bucket
  const isLate = kind === 'usage' && servicePeriod < period
  const difference = {
    unrounded: bucket.unrounded ?? '0',
    right: amountText(net.right, money),
    was: amountText(net.was, money),
  }
  return {
    kind: isLate ? 'late' : kind,
    subscriptionId,
    tenantId,
    skuId,
    servicePeriod,
    regionId,
    serviceStart,
    serviceEnd,
    quantity: bucket.quantity,
    quantityBefore: bucket.quantityBefore,
    net: amountText(change ? net.right.minus(net.was) : charge, money),
    rateId: line.bucket.rateId,
    fxRateId: bucket.fxRateId,
    details: { ...(JSON.parse(bucket.details ?? '{}') as object), difference },
  }
}

/** The charges that cost more from now on, each before and after that, without discounts. */
export function raisedCharges({ paper, differences, changes }: EdgeToCorrect) {
  const charges = paper.filter(({ kind }) => kind === 'recurring' || kind === 'oneTime')
  const rowOf = new Map(charges.toReversed().map((row) => [keyOf(row), row]))
  return differences
    .filter(({ charge }) => !charge.isZero())
    .flatMap(({ key, was, right }) => {
      const row = rowOf.get(key)
      const net = changes.get(key)?.net ?? { was, right }
      if (!row) return []
      const { documentId, line } = row
      return [{ documentId, line: { line, before: plainText(net.was), after: plainText(net.right) } }]
    })
}
