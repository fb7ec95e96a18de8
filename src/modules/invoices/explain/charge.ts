import { amountOf, type ChargeDetails, creditAmountOf } from '../../../billing/charge-amounts.ts'
import { replay } from '../../../billing/derivation.ts'
import { exchange } from '../../../billing/fx.ts'
import { amountText, type Currency, decimal, minorDigits, plainText, roundToMinor } from '../../../billing/money.ts'
import { rate } from '../../../billing/rate.ts'
import { sentencesOf } from '../../../billing/sentences.ts'
import { invariant } from '../../../platform/errors.ts'
import type { SourcedRate } from '../../pricing/fx/service.ts'
import type { PartRow, PriceRow } from '../queries.ts'
import type { Explanation } from './model.ts'

/** A line of a charge or a credit, with what was frozen for it. */
type ChargedLine = {
  readonly part: PartRow
  readonly charge: ChargeDetails
  readonly price: PriceRow
  readonly fx: SourcedRate | undefined
  readonly exchanged: (amount: string) => Explanation['exchange']
}

/**
 * How a charge came to its amount: what the whole charge period costs at the frozen price, and the part of it that is served;
 * of a credit the part that is given back.
 */
export function explainCharge({ part, charge, price, fx, exchanged }: ChargedLine, money: Currency): Explanation {
  const { derivation } = rate(price.rate, decimal(part.quantity).abs())
  const full = replay(derivation)
  const fullAmount = plainText(fx ? exchange(full, fx) : full)
  invariant(
    fullAmount === (charge.pricedAmount ?? charge.fullAmount),
    'a frozen price gives the same amount for a whole period',
  )
  const unrounded = part.kind === 'credit' ? creditAmountOf(charge, money) : amountOf(charge)
  invariant(unrounded.equals(decimal(part.unrounded)), 'a replayed line gives the same amount')
  const { from, to, periodFrom, periodTo, unit, numerator, denominator } = charge
  const { rate: _, id, ...frozen } = price
  const { line, serviceStart, serviceEnd, quantity, quantityBefore } = part
  const explanation: Omit<Explanation, 'says'> = {
    line,
    kind: part.kind,
    quantity: { before: quantityBefore, now: quantity, unit: part.unit },
    price: { priceVersionId: id, ...frozen, derivedFrom: null },
    parts: [{ line, serviceStart, serviceEnd, before: quantityBefore, now: quantity }],
    after: [...derivation],
    before: [],
    terms: null,
    commitment: null,
    pool: null,
    exchange: exchanged(plainText(full)),
    proration: { from, to, periodFrom, periodTo, unit, numerator, denominator, fullAmount: charge.fullAmount },
    unrounded: plainText(unrounded),
    rounding: { digits: minorDigits(money), mode: 'half away from zero' },
    net: amountText(roundToMinor(unrounded, money), money),
  }
  const says = sentencesOf({ ...explanation, after: derivation, before: [], currency: money })
  return { ...explanation, says: [...says.slice(0, -1), sentenceOf(part, charge), ...says.slice(-1)] }
}

const sentenceOf = ({ kind }: PartRow, charge: ChargeDetails): string => {
  const share = `${charge.numerator} of ${charge.denominator} ${charge.unit}s of ${charge.periodFrom} to ${charge.periodTo}`
  const { pricedAmount } = charge
  const corrected = pricedAmount === undefined ? '' : ` It was ${pricedAmount} and was corrected since.`
  return kind === 'credit'
    ? `Given back: ${share}, at ${charge.fullAmount} for all.${corrected}`
    : `${share}, at ${charge.fullAmount} for all.`
}
