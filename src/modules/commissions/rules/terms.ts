import type { CommissionTerms, SplitPart } from '../../../billing/commission.ts'
import type { Level } from '../../../platform/context.ts'
import type { Basis, Rule, Tier, Trigger } from './model.ts'

/** Somebody who takes a part, with the level that it reads its earnings at. */
export type Sharer = SplitPart & { readonly level: Level }

/** The SKUs and plans that a rule is for; without a list, all. */
export type Eligible = { readonly skuIds?: readonly string[]; readonly planIds?: readonly string[] }

/** What a rule computes, on what and for whom: what is stored of it, and kept with each earning. */
export type RuleTerms = Omit<CommissionTerms, 'split'> & {
  readonly split?: readonly Sharer[]
  readonly eligible?: Eligible
  readonly trigger?: Trigger
  /** It holds for all of the month in which it begins. */
  readonly retroactive?: true
}

/** The snapshot of a rule that an earning keeps. */
export type Snapshot = RuleTerms & { readonly basis: Basis; readonly inherited: boolean }

/** Tiers with the bound where each begins said. */
export const spelledTiers = ({ tiers }: Pick<CommissionTerms, 'tiers'>): Tier[] =>
  tiers.map((tier, index) => ({ from: tiers[index - 1]?.to ?? '0', ...tier }))

/** A stored rule. */
export type RuleRow = Pick<
  Rule,
  | 'id'
  | 'payerId'
  | 'payeeId'
  | 'currency'
  | 'basis'
  | 'inheritable'
  | 'validFrom'
  | 'validTo'
  | 'createdAt'
  | 'updatedAt'
> & { terms: RuleTerms; usedUntil: string | null; version: number }

/** What the rule says besides its tiers. A reader learns who shares with it only as the payer, or as one of them. */
const spelledTerms = ({ terms, payerId }: RuleRow, readerId: string) => ({
  trigger: terms.trigger ?? ('issued' as const),
  retroactive: terms.retroactive === true,
  skuIds: terms.eligible?.skuIds ? [...terms.eligible.skuIds] : null,
  planIds: terms.eligible?.planIds ? [...terms.eligible.planIds] : null,
  cap: terms.cap ?? null,
  floor: terms.floor ?? null,
  holdDays: terms.holdDays ?? 0,
  holdBackPercent: terms.holdDays ? (terms.holdBackPercent ?? '100') : '0',
  split: (terms.split ?? []).map(({ payeeId, percent }) => ({
    payeeId: readerId === payerId || readerId === payeeId ? payeeId : null,
    percent,
  })),
})

/** A rule as its payer or its payee sees it. */
export const toRule = (row: RuleRow, readerId: string): Rule => {
  const { terms, usedUntil: _, version: __, ...rule } = row
  return { ...rule, scope: terms.scope, tiers: spelledTiers(terms), ...spelledTerms(row, readerId) }
}
