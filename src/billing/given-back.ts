import { type DiscountableLine, type Reduction, toldDigits } from './discount.ts'
import { amountText, type Currency, Decimal, decimal, isNegative, plainText, roundToMinor, sum, zero } from './money.ts'

/** What a discount still has off a service. One on a resource also says what of the service's net that resource had. */
type StandingReduction = {
  readonly discountId: string
  readonly amount: string
  readonly resource: string | null
  readonly share: string | null
}

/** What stands of a service on issued documents, credits counted out: its net before discounts, and what is off it. */
type Standing = { readonly net: string; readonly reductions: readonly StandingReduction[] }

/** What stands of a service, and the lines of a document, by number, that give something of it back. */
export type ServiceBack = Standing & { readonly lines: readonly number[] }

/** What a discount gives up with a line that gives something back. */
type GivenUp = { readonly discountId: string; readonly resource: string | null; readonly amount: Decimal }

/** Rounds parts so that they add up to their rounded sum: each is its own floor or ceiling in minor units. */
function roundedParts(parts: readonly Decimal[], currency: Currency): Decimal[] {
  let exact = zero
  let said = zero
  return parts.map((part) => {
    exact = exact.plus(part)
    const rounded = roundToMinor(exact, currency).minus(said)
    said = said.plus(rounded)
    return rounded
  })
}

/** Cuts parts, in their order, where they come to more than a total. */
function cutTo(total: Decimal, parts: readonly Decimal[]): Decimal[] {
  let rest = total
  return parts.map((part) => {
    const own = Decimal.min(part, rest)
    rest = rest.minus(own)
    return own
  })
}

/** Adds to parts, in their order, what is lacking to a total, as far as the wholes go. */
function raisedTo(total: Decimal, parts: readonly Decimal[], wholes: readonly Decimal[]): Decimal[] {
  let lacking = total.minus(sum(parts))
  return parts.map((part, index) => {
    const room = (wholes[index] ?? zero).minus(part)
    const more = Decimal.max(zero, Decimal.min(room, lacking))
    lacking = lacking.minus(more)
    return part.plus(more)
  })
}

/**
 * Splits what is given back of a service into what its discounts give up and, the rest, what was paid for it: by its share of
 * the service, or of the discount's resource. `partOf` is the part of it that a resource used; null where nobody can say. What
 * is paid back is never more than what was paid, and no discount gives up more than it has; with the last of the service all
 * of both is given back. Answers what is left of the service as well.
 */
function giveBack(
  { net: text, reductions }: Standing,
  amount: Decimal,
  partOf: (resource: string) => Decimal | null,
  currency: Currency,
): { readonly givenUp: readonly GivenUp[]; readonly rest: Standing } {
  const net = decimal(text)
  const wholes = reductions.map((one) => Decimal.max(zero, one.amount))
  const own = reductions.map(({ resource, share }) => {
    const part = resource === null ? null : partOf(resource)
    return part === null ? { of: amount, base: net } : { of: amount.times(part), base: decimal(share ?? '0') }
  })
  const exact = own.map(({ of, base }, index) => {
    const whole = wholes[index] ?? zero
    if (amount.greaterThanOrEqualTo(net)) return whole
    if (!of.greaterThan(0)) return zero
    return of.greaterThanOrEqualTo(base) ? whole : whole.times(of).dividedBy(base)
  })
  const paid = net.minus(sum(wholes))
  const within = amount.greaterThanOrEqualTo(net) ? exact : cutTo(amount, roundedParts(exact, currency))
  const parts = raisedTo(amount.minus(paid), within, wholes)
  const rest = reductions.map((one, index) => ({
    ...one,
    amount: plainText((wholes[index] ?? zero).minus(parts[index] ?? zero)),
    share: one.share && plainText(Decimal.max(zero, decimal(one.share).minus(own[index]?.of ?? zero))),
  }))
  const givenUp = reductions.map(({ discountId, resource }, index) => ({
    discountId,
    resource,
    amount: parts[index] ?? zero,
  }))
  return { givenUp, rest: { net: plainText(Decimal.max(zero, net.minus(amount))), reductions: rest } }
}

/**
 * What is given up with the lines of a document that give back, one after the other, of what stands of their services: below
 * zero, because it makes a discount less. It can be used again from the next document on.
 */
export function giveUp(
  lines: readonly DiscountableLine[],
  services: readonly ServiceBack[],
  currency: Currency,
): Reduction[] {
  return services.flatMap(({ lines: numbers, ...service }) => {
    let stands: Standing = service
    return lines
      .filter(({ line, net }) => numbers.includes(line) && isNegative(decimal(net)))
      .flatMap((line) => {
        const amount = decimal(line.net).negated()
        const { givenUp, rest } = giveBack(stands, amount, (resource) => partOf(line, resource), currency)
        stands = rest
        return reductionsOf(line, givenUp, currency)
      })
  })
}

function reductionsOf(line: DiscountableLine, givenUp: readonly GivenUp[], currency: Currency): Reduction[] {
  let rest = decimal(line.net)
  return givenUp
    .filter(({ amount }) => !amount.isZero())
    .map(({ discountId, resource, amount }) => {
      const texts = { base: amountText(rest, currency), amount: amountText(amount.negated(), currency) }
      rest = rest.plus(amount)
      const reduction = { discountId, line: line.line, ...texts }
      const part = resource === null ? null : partOf(line, resource)
      if (resource === null || part === null) return reduction
      const told = (value: Decimal): string => plainText(value.toDecimalPlaces(toldDigits))
      const { quantity, net } = line
      const share = { resource, used: told(part.times(quantity)), quantity, left: told(part.times(net)) }
      return { ...reduction, share }
    })
}

/** The part of what a line takes back of its quantity that a resource had used; null where it takes no quantity back. */
function partOf({ quantity, used }: DiscountableLine, resource: string): Decimal | null {
  if (!isNegative(decimal(quantity))) return null
  const part = decimal(used?.get(resource) ?? '0').dividedBy(quantity)
  return Decimal.max(zero, Decimal.min(part, 1))
}

/** A discount on a line of a document, and how much of it no credit note has given up yet; of the sign of the line. */
export type LineReduction = { readonly discountId: string; readonly amount: Decimal }

/**
 * What the discounts of a line give up with a credit of `now` of the `left` that is still paid for it: their share, so that
 * the credits of a line give up all of its discounts together with the last of what was paid.
 */
export function givenUpWith(
  reductions: readonly LineReduction[],
  { left, now }: { readonly left: Decimal; readonly now: Decimal },
  currency: Currency,
): LineReduction[] {
  if (left.isZero()) return []
  const parts = roundedParts(
    reductions.map(({ amount }) => amount.times(now).dividedBy(left)),
    currency,
  )
  return reductions.flatMap(({ discountId }, index) => {
    const amount = parts[index] ?? zero
    return amount.isZero() ? [] : [{ discountId, amount }]
  })
}
