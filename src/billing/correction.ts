import { BillingError } from './errors.ts'
import { type Decimal, isNegative, sum, zero } from './money.ts'

/** A line on paper: what it stands for now, corrections counted in, and what of it can still be credited. */
export type PaperLine = {
  readonly key: string
  readonly documentId: string
  readonly line: number
  readonly net: Decimal
  readonly left: Decimal
  /** Why it can not be corrected by itself, as a code; null where it can. */
  readonly obstacle: string | null
}

/** What is right for a line, rounded; null where it can't be computed. */
type RightLine = { readonly key: string; readonly net: Decimal | null }

/** What separates paper from right: what is credited of which lines, and what is charged besides. */
export type LineDifference = {
  readonly key: string
  readonly was: Decimal
  readonly right: Decimal
  readonly credits: readonly { readonly documentId: string; readonly line: number; readonly net: Decimal }[]
  readonly charge: Decimal
}

/** Takes an amount back from lines, one after the other, as far as each goes. */
function creditsOf(lines: readonly PaperLine[], amount: Decimal): LineDifference['credits'] {
  let rest = amount
  return lines.flatMap(({ documentId, line, left }) => {
    const net = left.greaterThan(rest) ? rest : left
    if (net.isZero() || isNegative(net)) return []
    rest = rest.minus(net)
    return [{ documentId, line, net }]
  })
}

/**
 * What separates the lines on paper from what is right, by key, in the order of the keys. What is too much is credited of the
 * lines that have it, never more than is left of them; what is too little is charged besides. Lines that are right are not
 * answered, nor what waits for a price and is on no paper; applied once, a second look finds nothing.
 * @throws BillingError `correction.unknown` where what is right can't be computed, the obstacle of a line that has one,
 * `correction.not_left` where too little is left to credit.
 */
export function lineDifferences(paper: readonly PaperLine[], right: readonly RightLine[]): LineDifference[] {
  const paperOf = Map.groupBy(paper, ({ key }) => key)
  const rightOf = new Map(right.map((one) => [one.key, one]))
  const keys = [...new Set([...paperOf.keys(), ...rightOf.keys()])].sort()
  return keys.flatMap((key) => {
    const lines = paperOf.get(key) ?? []
    const wanted = rightOf.get(key)
    if (wanted?.net === null && lines.length === 0) return []
    if (wanted?.net === null) throw new BillingError('correction.unknown', 'the right amounts cannot be computed')
    const [was, net] = [sum(lines.map((line) => line.net)), wanted?.net ?? zero]
    const difference = net.minus(was)
    if (difference.isZero()) return []
    const obstacle = lines.map((line) => line.obstacle).find((code) => code !== null)
    if (obstacle) throw new BillingError(obstacle, 'a line that is wrong can not be corrected by itself')
    if (!isNegative(difference)) return [{ key, was, right: net, credits: [], charge: difference }]
    const credits = creditsOf(lines, difference.negated())
    if (!sum(credits.map((one) => one.net)).equals(difference.negated()))
      throw new BillingError('correction.not_left', 'less is left of a line than would have to be credited')
    return [{ key, was, right: net, credits, charge: zero }]
  })
}
