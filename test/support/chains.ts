import type { CommercialModel } from '../../src/billing/chain.ts'

/** Commercial model of distributor and partner; null is a skipped level. */
export type Shape = readonly [distributor: CommercialModel | null, partner: CommercialModel | null]

/** The nine shapes of a chain, in the order of the table in docs/domain.md. */
export const chainShapes: readonly Shape[] = [
  [null, null],
  ['agent', null],
  ['reseller', null],
  [null, 'agent'],
  [null, 'reseller'],
  ['agent', 'agent'],
  ['agent', 'reseller'],
  ['reseller', 'agent'],
  ['reseller', 'reseller'],
]
