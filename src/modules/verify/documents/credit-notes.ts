import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-credit-notes.ts'

/** I3: a credit note takes back lines of its invoice, no line more than once over, and all of a tax with all of its base. */
export const checkCreditNotes: Check = {
  law: 'I3',
  name: 'credit notes take back lines up to their amounts, with their taxes',
  run: async ({ tx }) => {
    const broken = openFindings()
    broken.addAll(await queries.listStrayNotes(tx))
    broken.addAll(await queries.listOverCredited(tx))
    broken.addAll(await queries.listWrongTaxes(tx))
    broken.addAll(await queries.listUnsettled(tx))
    const notes = await queries.countNotes(tx)
    return { looked: [[notes, 'credit notes']], broken: broken.found(), pending: openFindings().found() }
  },
}
