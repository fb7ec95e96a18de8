import type { CommissionTier } from './commission.ts'
import { Decimal, decimal, plainText, zero } from './money.ts'

/**
 * One straight stretch of F: for `from <= base < to` it is `constant + percent / 100 x (base - origin)`. All numbers are
 * text, so that a database can compute the same F over many lines at once.
 */
export type StraightPiece = {
  readonly from: string
  readonly to: string | null
  readonly origin: string
  readonly constant: string
  readonly percent: string
}

const hundredth = new Decimal('0.01')

/** The tiers of a rule as straight pieces, from 0 up; `commissionOn` computes the same for every base that is not negative. */
export function straightPieces(tiers: readonly CommissionTier[]): StraightPiece[] {
  let [from, earned] = [zero, zero]
  return tiers.map((tier) => {
    const isWhole = tier.mode === 'whole'
    const [origin, constant] = isWhole ? [zero, zero] : [from, earned]
    const piece = {
      from: plainText(from),
      to: tier.to,
      origin: plainText(origin),
      constant: plainText(constant),
      percent: tier.percent,
    }
    if (tier.to !== null) {
      from = decimal(tier.to)
      earned = constant.plus(from.minus(origin).times(decimal(tier.percent)).times(hundredth))
    }
    return piece
  })
}
