import { type Chain, type ChainEdge, edgesOf, type Member, sellerOfRecord } from '../../billing/chain.ts'
import { currency, minorDigits } from '../../billing/money.ts'
import { type Branch, lineOf, tierRole } from '../../platform/context.ts'
import { switchRole, type Tx } from '../../platform/db.ts'
import { invariant } from '../../platform/errors.ts'
import { newId, nilId } from '../../platform/ids.ts'
import * as queries from './queries-chain.ts'
import type { LevelBelow } from './service.ts'

/**
 * The days of an organization's first chain and edges: from the first day that a date may have. There was no other parent
 * before, so usage of months before the onboarding (a migration, a late region) is rated along the same chain.
 */
const valid = '[2000-01-01,)'

/** An organization and its ancestors, as far as they matter to who sells to whom. */
export type Line = {
  readonly chain: Chain
  readonly isActive: boolean
  readonly currencyOf: ReadonlyMap<string, string>
}

/** Reads the line of a place that the caller's tier has been shown to reach. */
export const readLine = (tx: Tx, actor: Branch, place: Branch): Promise<Line> =>
  asChainKeeper(tx, actor, async () => {
    const rows = await queries.listLine(tx, lineOf(place))
    return {
      chain: chainOf(place, rows),
      isActive: rows.every(({ state }) => state === 'active'),
      currencyOf: new Map(rows.map((row) => [row.id, row.currency])),
    }
  })

function chainOf(place: Branch, rows: readonly queries.LineRow[]): Chain {
  const dealerAt = (id: string) => {
    const row = rows.find((one) => one.id === id)
    return row?.commercialModel ? { id, model: row.commercialModel, isConfidential: row.isConfidential } : null
  }
  const { platformId, tenantId } = place
  return { platformId, distributor: dealerAt(place.distributorId), partner: dealerAt(place.partnerId), tenantId }
}

/** Who sells to a new organization of that level below this line, and in which currency by default. */
export function sellerBelow(line: Line, level: LevelBelow): Member & { readonly currency: string } {
  const seller = sellerOfRecord(line.chain, level)
  const own = line.currencyOf.get(seller.id)
  invariant(own, 'a seller of the line has a currency')
  return { ...seller, currency: own }
}

/**
 * Opens the edge on which a new reseller buys: prices for it can be made before its first tenant comes.
 * Runs as the chain keeper, after the tier's policies have let the organization in.
 */
export const openReseller = (tx: Tx, actor: Branch, reseller: Branch, code: string): Promise<void> =>
  asChainKeeper(tx, actor, async () => {
    const rows = await queries.listLine(tx, lineOf(reseller))
    // The edges of a tenant that may come, without its own: the last one left is the reseller's.
    const edge = edgesOf(chainOf(reseller, rows)).slice(0, -1).at(-1)
    invariant(edge?.buyer.id === reseller.organizationId, 'a reseller buys on the last edge above it')
    await openEdge(tx, edge, reseller.platformId, code)
  })

/** Writes the chain of a new tenant with the edge on which it buys; the edges above stand since their resellers do. */
export const openChain = (tx: Tx, actor: Branch, tenant: Branch, code: string): Promise<void> =>
  asChainKeeper(tx, actor, async () => {
    const chain = chainOf(tenant, await queries.listLine(tx, lineOf(tenant)))
    const edges = edgesOf(chain)
    const last = edges.at(-1)
    invariant(last, 'a tenant buys from somebody')
    await openEdge(tx, last, tenant.platformId, code)
    await writeChains(tx, tenant.platformId, [chain], valid)
  })

/** Writes chains whose edges stand, and hangs them there. Runs as weir_chain. */
export async function writeChains(tx: Tx, platformId: string, chains: readonly Chain[], days: string): Promise<void> {
  const rows = chains.map((chain) => ({
    id: newId(),
    tenantId: chain.tenantId,
    partnerId: chain.partner?.id ?? nilId,
    distributorId: chain.distributor?.id ?? nilId,
    partnerModel: chain.partner?.model ?? null,
    distributorModel: chain.distributor?.model ?? null,
    edges: edgesOf(chain),
  }))
  await queries.insertChains(tx, rows, days)
  const hung = await queries.insertChainEdges(tx, platformId, rows)
  const edges = new Map(hung.map((one) => [one.chainId, one.edges]))
  invariant(
    rows.every((row) => edges.get(row.id) === row.edges.length + 1),
    'a chain has all its edges',
  )
}

/** No chain changes until the transaction ends. To be called first in it. */
export const shareChains = async (tx: Tx): Promise<void> => {
  await queries.shareChains(tx)
}

/** The days to pay where nobody has said anything else (law 10). */
const usualTermDays = 30

/** The terms of an edge on which nothing but the currency is agreed. */
export const termsIn = (code: string): queries.Terms => ({
  currency: code,
  digits: minorDigits(currency(code)),
  paymentTermDays: usualTermDays,
})

const openEdge = (tx: Tx, edge: ChainEdge, platformId: string, code: string): Promise<void> =>
  openEdges(tx, platformId, [{ edge, terms: termsIn(code) }], valid)

/** Opens edges. Where the platform sells in a currency, it buys in it too: its cost edge comes along. Runs as weir_chain. */
export async function openEdges(
  tx: Tx,
  platformId: string,
  edges: readonly queries.NewEdge[],
  days: string,
): Promise<void> {
  await queries.insertSaleEdges(tx, edges, days)
  const fromPlatform = edges.filter(({ edge }) => edge.seller.id === platformId)
  const byCurrency = new Map(fromPlatform.map(({ terms }) => [terms.currency, terms]))
  for (const terms of byCurrency.values()) await queries.insertCostEdge(tx, platformId, terms)
}

/** The chain keeper may write chains and edges and nothing else; afterwards the transaction goes on as the tier. */
export async function asChainKeeper<T>(tx: Tx, actor: Branch, work: () => Promise<T>): Promise<T> {
  await switchRole(tx, 'weir_chain')
  const result = await work()
  await switchRole(tx, tierRole(actor.level))
  return result
}
