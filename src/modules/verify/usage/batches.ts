import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-batches.ts'

const patienceSeconds = 30

/** I1: a record that was acknowledged has an outcome, and what was accepted is there. */
export const checkBatches: Check = {
  law: 'I1',
  name: 'every acknowledged record has its outcome',
  run: async ({ tx }) => {
    const [broken, pending] = [openFindings(), openFindings()]
    broken.addAll(await queries.listWrongBatches(tx))
    broken.addAll(await queries.listStrayEvents(tx))
    pending.addAll(await queries.listPendingBatches(tx, patienceSeconds))
    const counts = await queries.countBatches(tx)
    return {
      looked: [
        [counts?.batches ?? 0, 'batches'],
        [counts?.records ?? 0, 'records'],
      ],
      broken: broken.found(),
      pending: pending.found(),
    }
  },
}
