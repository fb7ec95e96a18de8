import { edgesOf } from '../../../billing/chain.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, type Findings, openFindings, type View } from '../check.ts'
import * as queries from './queries-places.ts'

const chainsPerStep = 10_000
const patienceSeconds = 600

/**
 * I5: every tenant has one chain a day with the edges that its models ask for, and what goes along with an organization
 * stands where it stands. Edges and what is billed on them are seen by their levels alone. A change whose month has begun is on its way.
 */
export const checkChains: Check = {
  law: 'I5',
  name: 'every tenant has one chain a day, with its edges',
  run: async (view) => {
    const [broken, pending] = [openFindings(), openFindings()]
    broken.addAll(await queries.listWrongChains(view.tx))
    broken.addAll(await queries.listWrongAliases(view.tx))
    broken.addAll(await queries.listWrongSight(view.tx))
    const chains = await checkEdges(view, broken)
    pending.addAll(await queries.listOverdue(view.tx, patienceSeconds))
    return { looked: [[chains, 'chains']], broken: broken.found(), pending: pending.found() }
  },
}

async function checkEdges({ tx, progress }: View, broken: Findings): Promise<number> {
  const platformId = (await queries.findPlatformId(tx)) ?? nilId
  const total = await queries.countChains(tx)
  let done = 0
  for (let after: string | undefined = nilId; after !== undefined;) {
    const page: readonly queries.ChainRow[] = await queries.listChains(tx, after, chainsPerStep)
    for (const row of page) {
      const computed = attempt(() => edgesAsText(platformId, row))
      if ('refusal' in computed) broken.add(`chain ${row.id}`, computed.refusal)
      else if (computed.value.join() !== row.edges.join()) {
        broken.add(`chain ${row.id} of tenant ${row.tenantId}`, 'does not hang on the edges of its models')
      }
    }
    done += page.length
    progress(done, total, 'chains')
    after = page.length < chainsPerStep ? undefined : page.at(-1)?.id
  }
  return total
}

/** As the query writes them. */
function edgesAsText(platformId: string, row: queries.ChainRow): string[] {
  const dealer = (id: string, model: queries.ChainRow['partnerModel']) => (model === null ? null : { id, model })
  const chain = {
    platformId,
    distributor: dealer(row.distributorId, row.distributorModel),
    partner: dealer(row.partnerId, row.partnerModel),
    tenantId: row.tenantId,
  }
  return edgesOf(chain).map(({ seller, buyer, agents }, index) => {
    const agent = (level: string) => agents.find((one) => one.level === level)?.id ?? '-'
    return [index + 1, seller.id, buyer.id, agent('distributor'), agent('partner')].join(' ')
  })
}
