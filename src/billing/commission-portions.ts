import { allocate } from './allocate.ts'
import type { CommissionTerms } from './commission.ts'
import { Decimal, decimal, sum, zero, type Currency } from './money.ts'

/** A part of an earning: whose it is, and whether it is kept back for the rule's hold days; `percent` is of the whole. */
export type Portion = {
  readonly payeeId: string
  readonly isHeld: boolean
  readonly percent: Decimal
  readonly amount: Decimal
}

type Weighed = Omit<Portion, 'amount'>

const whole = new Decimal(100)

/** Who takes which percent: the earner first, with what the others leave. */
function partiesOf({ split = [] }: CommissionTerms, earnerId: string): { payeeId: string; percent: Decimal }[] {
  const others = split
    .filter(({ payeeId }) => payeeId !== earnerId)
    .map(({ payeeId, percent }) => ({ payeeId, percent: decimal(percent) }))
  const taken = sum(others.map(({ percent }) => percent))
  return [{ payeeId: earnerId, percent: whole.minus(taken) }, ...others]
}

function weigh({ holdDays = 0, holdBackPercent }: CommissionTerms, payeeId: string, percent: Decimal): Weighed[] {
  const held = holdDays === 0 ? zero : holdBackPercent === undefined ? whole : decimal(holdBackPercent)
  return [
    { payeeId, isHeld: false, percent: percent.times(whole.minus(held)).dividedBy(whole) },
    { payeeId, isHeld: true, percent: percent.times(held).dividedBy(whole) },
  ]
}

/**
 * Divides an earning over its payees and over now and later; the parts add up to exactly the whole (law 2), the earner's
 * own first. Without split and hold-back the one part is the whole.
 */
export function portionsOf(terms: CommissionTerms, earnerId: string, amount: Decimal, currency: Currency): Portion[] {
  const weighed = partiesOf(terms, earnerId)
    .flatMap((party) => weigh(terms, party.payeeId, party.percent))
    .filter(({ percent }, index) => index === 0 || !percent.isZero())
  const parts = allocate(
    amount,
    weighed.map(({ percent }) => percent),
    currency,
  )
  const all = weighed.map((one, index) => Object.assign(one, { amount: parts[index] ?? zero }))
  // The first one is nothing where all of the earner's part is held; the earner comes first all the same.
  const [first, second] = all
  return first?.percent.isZero() && second?.payeeId === earnerId ? all.slice(1) : all
}
