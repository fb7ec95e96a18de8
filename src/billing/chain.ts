import { invariant } from './errors.ts'

/** The four levels, from the top. */
const levels = ['platform', 'distributor', 'partner', 'tenant'] as const
type Level = (typeof levels)[number]

/** An agent earns commission and is on no edge; a reseller buys from above and sells below (domain, Words). */
export type CommercialModel = 'agent' | 'reseller'

/**
 * A distributor or partner. Of a confidential contract the platform does not see what the reseller sells (domain, Rights
 * and sight).
 */
type Dealer = { readonly id: string; readonly model: CommercialModel; readonly isConfidential?: boolean }

/** The organizations above and including one tenant; a skipped level is null. */
export type Chain = {
  readonly platformId: string
  readonly distributor: Dealer | null
  readonly partner: Dealer | null
  readonly tenantId: string
}

/** An organization and its level. */
export type Member = { readonly id: string; readonly level: Level }

/** Who sees the rows of an edge, per level: the id of that level's organization, or null. */
type Sight = Readonly<Record<Level, string | null>>

/** A seller, its direct buyer and the agents between them, top down. */
export type ChainEdge = {
  readonly seller: Member
  readonly buyer: Member
  readonly agents: readonly Member[]
  readonly sees: Sight
}

type Link = Member & { readonly trades: boolean; readonly isConfidential: boolean }

const linksOf = ({ platformId, distributor, partner, tenantId }: Chain): Link[] => [
  { id: platformId, level: 'platform', trades: true, isConfidential: false },
  ...(distributor ? [dealerLink('distributor', distributor)] : []),
  ...(partner ? [dealerLink('partner', partner)] : []),
  { id: tenantId, level: 'tenant', trades: true, isConfidential: false },
]

const dealerLink = (level: Level, { id, model, isConfidential = false }: Dealer): Link => ({
  id,
  level,
  trades: model === 'reseller',
  isConfidential,
})

const member = ({ id, level }: Link): Member => ({ id, level })

/** The levels from seller to buyer, both included, and the platform unless the seller's contract is confidential. */
function sightOf(span: readonly Link[], platformId: string): Sight {
  const idAt = (level: Level) => span.find((link) => link.level === level)?.id ?? null
  const platform = span[0]?.isConfidential ? null : platformId
  return { platform, distributor: idAt('distributor'), partner: idAt('partner'), tenant: idAt('tenant') }
}

/** The edges of a tenant's chain from the platform down (domain, Chains): one per seller of record. */
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
