import { rulesFor, type CommissionTier, type RuleVersion } from './commission.ts'
import { daysAfter, isWithin, type Day, type DayRange } from './days.ts'
import { decimal, plainText, sum, zero, type Decimal } from './money.ts'

/** A rule version with its tiers. */
export type TieredRule = RuleVersion & { readonly tiers: readonly CommissionTier[] }

/** The agents on one line; null where that level is no agent. */
type LineAgents = { readonly distributorId: string | null; readonly partnerId: string | null }

/** What one agent can earn at most on a line, and by which rule. */
type Share = {
  readonly payeeId: string
  readonly ruleVersionId: string
  readonly inherited: boolean
  readonly percent: string
}

/** All that is earned on one line, at the highest percents of its agents' rules. */
type Together = { readonly percent: string; readonly agents: readonly Share[] }

const highest = (tiers: readonly CommissionTier[]): Decimal =>
  tiers.map(({ percent }) => decimal(percent)).reduce((a, b) => (a.greaterThan(b) ? a : b), zero)

function shareOf(day: Day, rules: readonly TieredRule[], payee: { id: string; distributorId: string | null }): Share[] {
  const chosen = rulesFor({ from: day, to: daysAfter(day, 1) }, rules, payee)[0]?.chosen
  if (!chosen) return []
  const { ruleVersionId, payeeId, tiers } = chosen
  return [{ payeeId: payee.id, ruleVersionId, inherited: payeeId !== payee.id, percent: plainText(highest(tiers)) }]
}

/**
 * What the rules of one payer add up to where it is most: the line and day of the range on which the agents' highest
 * percents have the largest sum. Agents earn on top of each other, each on the full base (law 15).
 */
export function worstTogether(range: DayRange, rules: readonly TieredRule[], lines: readonly LineAgents[]): Together {
  const byPayee = Map.groupBy(rules, ({ payeeId }) => payeeId)
  let worst: { percent: Decimal; agents: Share[] } = { percent: zero, agents: [] }
  for (const line of lines) {
    const theirs = [line.distributorId, line.partnerId].flatMap((id) => (id === null ? [] : (byPayee.get(id) ?? [])))
    for (const day of daysOfChange(range, theirs)) {
      const agents = sharesOf(day, theirs, line)
      const percent = sum(agents.map((share) => decimal(share.percent)))
      const isWorse = percent.greaterThan(worst.percent) || worst.agents.length === 0
      if (isWorse) worst = { percent, agents }
    }
  }
  return { percent: plainText(worst.percent), agents: worst.agents }
}

/** The first day, and each later one on which a rule begins or ends: in between nothing changes. */
const daysOfChange = (range: DayRange, rules: readonly TieredRule[]): Day[] => {
  const bounds = rules.flatMap(({ valid }) => (valid.to === null ? [valid.from] : [valid.from, valid.to]))
  return [...new Set([range.from, ...bounds])].filter((day) => isWithin(range, day))
}

const sharesOf = (day: Day, rules: readonly TieredRule[], { distributorId, partnerId }: LineAgents): Share[] => [
  ...(distributorId === null ? [] : shareOf(day, rules, { id: distributorId, distributorId: null })),
  ...(partnerId === null ? [] : shareOf(day, rules, { id: partnerId, distributorId })),
]
