import { type Currency, type Decimal, decimal } from './money.ts'
import { creditOf, type Instant, type InstantSpan, prorate, type ProrationUnit, shareOf } from './prorate.ts'

/** How a line came to its amount beside its price; instants are RFC 3339, the full amount is in the edge's currency. */
export type ChargeDetails = {
  /** The span that is charged or given back, and the whole charge period. */
  readonly from: Instant
  readonly to: Instant
  readonly periodFrom: Instant
  readonly periodTo: Instant
  readonly unit: ProrationUnit
  /** So many units of the charge period. */
  readonly numerator: number
  readonly denominator: number
  /** What the whole period costs. */
  readonly fullAmount: string
  /** Of a credit, where its charge was corrected since: what the price gave for the whole period. */
  readonly pricedAmount?: string
  /** Of a credit: the span that the line that it gives back from was charged for. */
  readonly chargedFrom?: Instant
  readonly chargedTo?: Instant
  /** Of a credit: the document that the line is on. */
  readonly chargedOn?: string
}

/** The whole charge period of a line. */
export const wholeOf = ({ periodFrom, periodTo }: ChargeDetails): InstantSpan => ({ from: periodFrom, to: periodTo })

/** The unrounded amount of a charge, from what its line says. */
export const amountOf = (details: ChargeDetails): Decimal =>
  prorate(decimal(details.fullAmount), shareOf(details, wholeOf(details), details.unit))

/** The unrounded amount of a credit, from what its line says. */
export const creditAmountOf = (details: ChargeDetails, code: Currency): Decimal =>
  creditOf(
    {
      full: decimal(details.fullAmount),
      charged: { from: details.chargedFrom ?? details.from, to: details.chargedTo ?? details.to },
      whole: wholeOf(details),
      unit: details.unit,
    },
    details,
    code,
  )
