import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-reissued.ts'

/** I3: a document in place of another one says the same but for what it corrects, and the other one is credited whole. */
export const checkReissued: Check = {
  law: 'I3',
  name: 'documents that were issued anew say what they correct',
  run: async ({ tx }) => {
    const broken = openFindings()
    broken.addAll(await queries.listStrayReissues(tx))
    broken.addAll(await queries.listWrongLines(tx))
    const reissues = await queries.countReissues(tx)
    return { looked: [[reissues, 'documents']], broken: broken.found(), pending: openFindings().found() }
  },
}
