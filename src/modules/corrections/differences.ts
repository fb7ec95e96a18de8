import { type LineDifference, lineDifferences } from '../../billing/correction.ts'
import { BillingError } from '../../billing/errors.ts'
import { decimal, type Decimal, sum } from '../../billing/money.ts'
import type { QuantityChange, RightLine } from '../billing/rating/rate-again.ts'
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
export type EdgeLines = { readonly paper: readonly queries.PaperRow[]; readonly right: readonly RightLine[] }

/** An amount on paper, and what is right. */
type Change = { readonly was: Decimal; readonly right: Decimal }

/** What a line comes to before discounts, and what each discount has off it. */
export type LineChange = { readonly net: Change; readonly off: ReadonlyMap<string, Change> }

/** What is right of an edge's lines with their discounts; the change of those that are other ones than on paper. */
export type RightNets = {
  readonly paper: readonly queries.PaperRow[]
  readonly nets: readonly { readonly key: string; readonly net: Decimal | null }[]
  readonly changes: ReadonlyMap<string, LineChange>
}

/** What is wrong on an edge, with the document that has it. */
export type EdgeToCorrect = EdgeLines &
  RightNets & { readonly document: queries.DocumentRow; readonly differences: readonly LineDifference[] }

/** What is off a line on paper. */
export const offOf = ({ off }: queries.PaperRow): Decimal => sum(off.map(({ amount }) => decimal(amount)))

/** The lines that come to another net. @throws notCorrectable where that can't be said, or less is left than is too much. */
export function differencesOn({ paper, nets }: RightNets): LineDifference[] {
  const lines = paper.map((row) => ({
    ...row,
    key: keyOf(row),
    net: decimal(row.net).minus(offOf(row)),
    left: decimal(row.left),
  }))
  try {
    return lineDifferences(lines, nets)
  } catch (error) {
    throw error instanceof BillingError ? errors.notCorrectable(error.code) : error
  }
}

/** What is right of each line that is rated again, before discounts; null where nobody can say it. */
export const rightNets = ({ paper, right }: EdgeLines): RightNets['nets'] =>
  right.map((one) => ({ key: keyOf(one.bucket as Face), net: one.net ?? netAsBilled(one, paper) }))

/**
 * While the whole that its buyer is priced for together is not known, a share of it is right as it is as long as its quantity and its
 * price are.
 */
function netAsBilled({ isShare, bucket }: RightLine, paper: readonly queries.PaperRow[]): Decimal | null {
  const own = paper.filter((row) => keyOf(row) === keyOf(bucket as Face))
  const isSame = own.every(({ quantity, rateId }) => quantity === bucket.quantity && rateId === bucket.rateId)
  return isShare && own.length > 0 && isSame ? sum(own.map(({ net }) => decimal(net))) : null
}

/** Quantity that was not counted of a share and is on no line yet, where what it comes to is not known. */
export const isNewShare = (
  { isShare, net, bucket }: RightLine,
  paper: readonly queries.PaperRow[],
  changes: readonly QuantityChange[],
): boolean =>
  isShare &&
  net === null &&
  changes.some(({ subscriptionId, skuId }) => subscriptionId === bucket.subscriptionId && skuId === bucket.skuId) &&
  paper.every((row) => keyOf(row) !== keyOf(bucket as Face))

/** The price lists that have priced the lines. */
export const priceListsOf = ({ right }: EdgeLines): string[] => [
  ...new Set(right.map(({ priceListId }) => priceListId).filter((id) => id !== null)),
]
