import { invariant } from './errors.ts'

/** The four levels, from the top. */
export const levels = ['platform', 'distributor', 'partner', 'tenant'] as const
export type Level = (typeof levels)[number]

/** An agent earns commission and is on no edge; a reseller buys from above and sells below (design section 1). */
export type CommercialModel = 'agent' | 'reseller'

/** The organizations above and including one tenant; a skipped level is null. */
export type Chain = {
  readonly platformId: string
  readonly distributor: { readonly id: string; readonly model: CommercialModel } | null
  readonly partner: { readonly id: string; readonly model: CommercialModel } | null
  readonly tenantId: string
}

/** An organization and its level. */
export type Member = { readonly id: string; readonly level: Level }

/** Who sees the rows of an edge, per level: the id of that level's organization, or null. */
export type Sight = Readonly<Record<Level, string | null>>

/** A seller, its direct buyer and the agents between them, top down. */
export type ChainEdge = {
  readonly seller: Member
  readonly buyer: Member
  readonly agents: readonly Member[]
  readonly sees: Sight
}

type Link = Member & { readonly trades: boolean }

const linksOf = ({ platformId, distributor, partner, tenantId }: Chain): Link[] => [
  { id: platformId, level: 'platform', trades: true },
  ...(distributor
    ? [{ id: distributor.id, level: 'distributor' as const, trades: distributor.model === 'reseller' }]
    : []),
  ...(partner ? [{ id: partner.id, level: 'partner' as const, trades: partner.model === 'reseller' }] : []),
  { id: tenantId, level: 'tenant', trades: true },
]

const member = ({ id, level }: Link): Member => ({ id, level })

/** The levels from seller to buyer, both included, and always the platform (design section 4, edge tables). */
function sightOf(span: readonly Link[], platformId: string): Sight {
  const idAt = (level: Level) => span.find((link) => link.level === level)?.id ?? null
  return { platform: platformId, distributor: idAt('distributor'), partner: idAt('partner'), tenant: idAt('tenant') }
}

/** The edges of a tenant's chain from the platform down (contract, Chains): one per seller of record. */
export function edgesOf(chain: Chain): ChainEdge[] {
  const links = linksOf(chain)
  const traders = links.flatMap((link, index) => (link.trades ? [index] : []))
  return traders.slice(1).map((buyerAt, index) => {
    const span = links.slice(traders[index], buyerAt + 1)
    const [seller, buyer] = [span.at(0), span.at(-1)]
    invariant(seller && buyer, 'an edge has two ends')
    return {
      seller: member(seller),
      buyer: member(buyer),
      agents: span.slice(1, -1).map(member),
      sees: sightOf(span, chain.platformId),
    }
  })
}

/** The seller of record of the chain's organization at `level`: its nearest ancestor that is a reseller, else the platform. */
export function sellerOfRecord(chain: Chain, level: Exclude<Level, 'platform'>): Member {
  const above = linksOf(chain).filter((link) => levels.indexOf(link.level) < levels.indexOf(level))
  const seller = above.findLast((link) => link.trades)
  invariant(seller, 'the platform sells where nobody else does')
  return member(seller)
}
