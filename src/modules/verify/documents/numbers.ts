import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-numbers.ts'

/** I4: the documents of a seller, type and year have the numbers from 1 to the last of their series, each once. */
export const checkNumbers: Check = {
  law: 'I4',
  name: 'numbers have no gaps and no twins',
  run: async ({ tx }) => {
    const broken = openFindings()
    broken.addAll(await queries.listWrongNumbers(tx))
    broken.addAll(await queries.listTwins(tx))
    const counts = await queries.countSeries(tx)
    return {
      looked: [
        [counts?.series ?? 0, 'series'],
        [counts?.numbers ?? 0, 'numbers'],
      ],
      broken: broken.found(),
      pending: openFindings().found(),
    }
  },
}
