import { rulesFor } from '../../../billing/commission.ts'
import type { DayRange, Stretch } from '../../../billing/days.ts'
import { currency } from '../../../billing/money.ts'
import { versionsInForce } from '../../../billing/retroactive.ts'
import type { RuleRow } from '../rules/terms.ts'

/** Somebody who earns on an edge: an agent of it, and for a partner the agent distributor whose rule it may take. */
export type Seat = {
  readonly payeeId: string
  readonly level: 'distributor' | 'partner'
  readonly distributorId: string | null
}

/** The agents of an edge. */
export type EdgeAgents = { readonly agentDistributorId: string | null; readonly agentPartnerId: string | null }

/** Who earns on an edge, from the top. */
export const seatsOf = ({ agentDistributorId, agentPartnerId }: EdgeAgents): Seat[] => [
  ...(agentDistributorId === null
    ? []
    : [{ payeeId: agentDistributorId, level: 'distributor' as const, distributorId: null }]),
  ...(agentPartnerId === null
    ? []
    : [{ payeeId: agentPartnerId, level: 'partner' as const, distributorId: agentDistributorId }]),
]

/** A rule as it applies to one seat. */
export type Applied = RuleRow & {
  readonly ruleVersionId: string
  /** Its own days: a retroactive version holds on others as well. */
  readonly valid: DayRange
  readonly isRetroactive: boolean
}

/** One payer's rules at one moment, ready to be asked which of them is in force. */
export type RuleBook = {
  /** The rule of each stretch of days, for documents of that currency; null where there is none. */
  readonly stretches: (seat: Seat, code: string, days: { from: string; to: string }) => readonly Stretch<Applied>[]
}

const toApplied = (row: RuleRow): Applied => ({
  ...row,
  ruleVersionId: row.id,
  valid: { from: row.validFrom, to: row.validTo },
  isRetroactive: row.terms.retroactive === true,
})

/** Lines of a period mostly cover the same days, so each answer is kept. */
export function openRuleBook(rows: readonly RuleRow[]): RuleBook {
  const ofPayee = Map.groupBy(rows.map(toApplied), ({ payeeId, currency }) => `${payeeId} ${currency}`)
  const byPayee = new Map([...ofPayee].map(([key, versions]) => [key, versionsInForce(versions)]))
  const known = new Map<string, readonly Stretch<Applied>[]>()
  const rulesOf = (payeeId: string | null, code: string) => byPayee.get(`${payeeId ?? ''} ${currency(code)}`) ?? []
  return {
    stretches: (seat, code, days) => {
      const key = `${seat.payeeId} ${seat.distributorId ?? ''} ${code} ${days.from} ${days.to}`
      const before = known.get(key)
      if (before) return before
      const rules = [...rulesOf(seat.payeeId, code), ...rulesOf(seat.distributorId, code)]
      const found = rulesFor(days, rules, { id: seat.payeeId, distributorId: seat.distributorId })
      known.set(key, found)
      return found
    },
  }
}
