import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-granted.ts'

/**
 * I3: what was granted is drawn, expired, voided or left; draws are settlements of documents on its days, in the order in which
 * grants end and before money. A grant that is over and not written off yet is on its way.
 */
export const checkGranted: Check = {
  law: 'I3',
  name: 'granted credits add up and are drawn in their order, before money',
  run: async ({ tx }) => {
    const [broken, pending] = [openFindings(), openFindings()]
    broken.addAll(await queries.listWrongGrants(tx))
    broken.addAll(await queries.listWrongEntries(tx))
    broken.addAll(await queries.listOutOfOrder(tx))
    broken.addAll(await queries.listWrongSight(tx))
    pending.addAll(await queries.listUnexpired(tx))
    return {
      looked: [[await queries.countGrants(tx), 'granted credits']],
      broken: broken.found(),
      pending: pending.found(),
    }
  },
}
