import { type LineDifference, lineDifferences } from '../../billing/correction.ts'
import { BillingError } from '../../billing/errors.ts'
import { amountText, currency, decimal, type Decimal, sum } from '../../billing/money.ts'
import type { QuantityChange, RightLine } from '../billing/rating/rate-again.ts'
import type { Difference } from '../invoices/reissue/service.ts'
import * as errors from './errors.ts'
import * as queries from './queries-paper.ts'

/** What makes a line the same one on paper and rated again. */
export type Face = Pick<
  queries.PaperRow,
  'kind' | 'subscriptionId' | 'skuId' | 'servicePeriod' | 'regionId' | 'serviceStart' | 'serviceEnd'
>

/** Names a line by its face. */
export const keyOf = (line: Face): string =>
  [line.subscriptionId, line.skuId, line.servicePeriod, line.regionId, line.serviceStart, line.kind].join(' ')

/** An edge's lines on paper, and as they come out when rated again. */
type EdgeLines = { readonly paper: readonly queries.PaperRow[]; readonly right: readonly RightLine[] }

/** What is wrong on an edge, with the document that has it. */
export type EdgeToCorrect = EdgeLines & {
  readonly document: queries.DocumentRow
  readonly differences: readonly LineDifference[]
}

/** The lines that come to another net. @throws notCorrectable where that can't be said, or less is left than is too much. */
export function differencesOn({ paper, right }: EdgeLines): LineDifference[] {
  const lines = paper.map((row) => ({ ...row, key: keyOf(row), net: decimal(row.net), left: decimal(row.left) }))
  try {
    return lineDifferences(
      lines,
      right.map((one) => ({ key: keyOf(one.bucket as Face), net: one.net ?? netAsBilled(one, paper) })),
    )
  } catch (error) {
    throw error instanceof BillingError ? errors.notCorrectable(error.code) : error
  }
}

/**
 * A share of what its buyer is priced for together is right as it is while its quantity and its price are: what is wrong on
 * other lines changes nothing of it.
 */
function netAsBilled({ isShare, bucket }: RightLine, paper: readonly queries.PaperRow[]): Decimal | null {
  const own = paper.filter((row) => keyOf(row) === keyOf(bucket as Face))
  const isSame = own.every(({ quantity, rateId }) => quantity === bucket.quantity && rateId === bucket.rateId)
  return isShare && own.length > 0 && isSame ? sum(own.map(({ net }) => decimal(net))) : null
}

/** Quantity that was not counted of a share and is on no line yet: what it comes to is not known of one tenant. */
export const isNewShare = (
  { isShare, bucket }: RightLine,
  paper: readonly queries.PaperRow[],
  changes: readonly QuantityChange[],
): boolean =>
  isShare &&
  changes.some(({ subscriptionId, skuId }) => subscriptionId === bucket.subscriptionId && skuId === bucket.skuId) &&
  paper.every((row) => keyOf(row) !== keyOf(bucket as Face))

/** What is charged besides, each line with the price that is right. */
export function chargesOf(
  { period, tenantId }: { readonly period: string; readonly tenantId: string },
  { right, differences, document }: EdgeToCorrect,
): Difference['lines'] {
  const money = currency(document.currency)
  const rightOf = new Map(right.map((line) => [keyOf(line.bucket as Face), line.bucket]))
  return differences.flatMap((one) => {
    const bucket = rightOf.get(one.key)
    if (one.charge.isZero() || !bucket?.rateId) return []
    const { kind, subscriptionId, skuId, servicePeriod, regionId, serviceStart, serviceEnd } = bucket
    const isLate = kind === 'usage' && servicePeriod < period
    const difference = {
      unrounded: bucket.unrounded ?? '0',
      right: amountText(one.right, money),
      was: amountText(one.was, money),
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
      net: amountText(one.charge, money),
      rateId: bucket.rateId,
      fxRateId: bucket.fxRateId,
      details: { ...(JSON.parse(bucket.details ?? '{}') as object), difference },
    }
  })
}

/** The price lists that have priced the lines. */
export const priceListsOf = ({ right }: EdgeLines): string[] => [
  ...new Set(right.map(({ priceListId }) => priceListId).filter((id) => id !== null)),
]
