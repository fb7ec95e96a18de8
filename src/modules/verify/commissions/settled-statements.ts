import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-settled-statements.ts'

/** I3: statements are what their lines add up to, batches are what their statements are, and each statement is paid once. */
export const checkStatements: Check = {
  law: 'I3',
  name: 'statements add up, and payouts pay them once',
  run: async ({ tx }) => {
    const broken = openFindings()
    broken.addAll(await queries.listWrongStatements(tx))
    broken.addAll(await queries.listStrayMoves(tx))
    broken.addAll(await queries.listWrongPayments(tx))
    broken.addAll(await queries.listWrongPayouts(tx))
    broken.addAll(await queries.listWrongReturns(tx))
    broken.addAll(await queries.listWrongReceipts(tx))
    const counts = await queries.countSettlements(tx)
    return {
      looked: [
        [counts?.statements ?? 0, 'statements'],
        [counts?.payouts ?? 0, 'payouts'],
      ],
      broken: broken.found(),
      pending: openFindings().found(),
    }
  },
}
