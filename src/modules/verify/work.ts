import { type Check, openFindings } from './check.ts'
import * as queries from './queries-work.ts'

const patienceSeconds = 30

/** I6: accepted work comes to an end. A parked job waits for a person, which is one. */
export const checkJobs: Check = {
  law: 'I6',
  name: 'accepted jobs come to an end',
  run: async ({ tx }) => {
    const [broken, pending] = [openFindings(), openFindings()]
    broken.addAll(await queries.listLeftJobs(tx, patienceSeconds))
    pending.addAll(await queries.listWaitingJobs(tx, patienceSeconds))
    const counts = await queries.countJobs(tx)
    return {
      looked: [
        [counts?.jobs ?? 0, 'jobs'],
        [counts?.parked ?? 0, 'parked'],
      ],
      broken: broken.found(),
      pending: pending.found(),
    }
  },
}

/** I7: what is still to be told. A receiver that does not answer is its own affair, so nothing here is broken. */
export const checkDeliveries: Check = {
  law: 'I7',
  name: 'events reach their receivers',
  run: async ({ tx }) => {
    const pending = openFindings()
    pending.addAll(await queries.listUnfanned(tx, patienceSeconds))
    pending.addAll(await queries.listUndelivered(tx))
    const counts = await queries.countDeliveries(tx)
    return {
      looked: [
        [counts?.events ?? 0, 'events'],
        [counts?.deliveries ?? 0, 'deliveries'],
      ],
      broken: openFindings().found(),
      pending: pending.found(),
    }
  },
}
