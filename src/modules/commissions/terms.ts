import type { CommissionTerms } from '../../billing/commission.ts'
import type { Rule, Tier } from './model.ts'

/** Tiers with the bound where each begins said. */
export const spelledTiers = ({ tiers }: CommissionTerms): Tier[] =>
  tiers.map((tier, index) => ({ from: tiers[index - 1]?.to ?? '0', ...tier }))

/** A stored rule. */
export type RuleRow = Omit<Rule, 'scope' | 'tiers'> & {
  terms: CommissionTerms
  usedUntil: string | null
  version: number
}

/** A rule as its payer and its payee see it. */
export const toRule = ({ terms, usedUntil: _, version: __, ...rule }: RuleRow): Rule => ({
  ...rule,
  scope: terms.scope,
  tiers: spelledTiers(terms),
})
