import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-settled.ts'

/** I3: money that came in is on documents or in a balance, no document is settled above its total, no balance is below zero. */
export const checkSettled: Check = {
  law: 'I3',
  name: 'payments are on documents up to their totals, balances are covered',
  run: async ({ tx }) => {
    const broken = openFindings()
    broken.addAll(await queries.listWrongPayments(tx))
    broken.addAll(await queries.listWrongReversals(tx))
    broken.addAll(await queries.listOverSettled(tx))
    broken.addAll(await queries.listKeptBack(tx))
    broken.addAll(await queries.listStrayEvents(tx))
    broken.addAll(await queries.listShortBalances(tx))
    const counts = await queries.countSettled(tx)
    return {
      looked: [
        [counts?.payments ?? 0, 'payments'],
        [counts?.events ?? 0, 'events'],
      ],
      broken: broken.found(),
      pending: openFindings().found(),
    }
  },
}
