import { type Chain, type ChainEdge, edgesOf } from './chain.ts'

/** A seller and its direct buyer, and whether their edge begins or ends with a change. */
export type EdgeChange = { readonly sellerId: string; readonly buyerId: string; readonly change: 'begins' | 'ends' }

/** An agent and who pays it, and whether it begins or ends to earn there with a change. */
export type AgencyChange = { readonly payerId: string; readonly payeeId: string; readonly change: 'begins' | 'ends' }

/** What a change does to the edges above one organization. */
type ChainChange = { readonly edges: readonly EdgeChange[]; readonly agencies: readonly AgencyChange[] }

/**
 * Compares the chain of one tenant before and after a change (domain, Chains): what is in both is not named. An edge of the
 * same two parties goes on even where its agents change.
 */
export function chainChange(before: Chain, after: Chain): ChainChange {
  const [old, now] = [edgesOf(before), edgesOf(after)]
  return {
    edges: differences(old.map(partiesOf), now.map(partiesOf), ({ sellerId, buyerId }) => `${sellerId} ${buyerId}`),
    agencies: differences(
      old.flatMap(agenciesOf),
      now.flatMap(agenciesOf),
      ({ payerId, payeeId }) => `${payerId} ${payeeId}`,
    ),
  }
}

const partiesOf = ({ seller, buyer }: ChainEdge) => ({ sellerId: seller.id, buyerId: buyer.id })

const agenciesOf = ({ seller, agents }: ChainEdge) => agents.map((agent) => ({ payerId: seller.id, payeeId: agent.id }))

function differences<T extends object>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string,
): (T & { readonly change: 'begins' | 'ends' })[] {
  const [old, now] = [new Set(before.map(nameOf)), new Set(after.map(nameOf))]
  return [
    ...before.filter((one) => !now.has(nameOf(one))).map((one) => ({ ...one, change: 'ends' as const })),
    ...after.filter((one) => !old.has(nameOf(one))).map((one) => ({ ...one, change: 'begins' as const })),
  ]
}
