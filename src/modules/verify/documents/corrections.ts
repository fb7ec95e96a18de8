import { type Check, openFindings } from '../check.ts'
import * as queries from './queries-corrections.ts'

/**
 * I3: the documents of a correction come to what lies between what was on paper and what is right, on every edge, and every
 * seller of the tenant rates what was counted wrong.
 */
export const checkCorrections: Check = {
  law: 'I3',
  name: 'corrections come to what was wrong',
  run: async ({ tx }) => {
    const broken = openFindings()
    broken.addAll(await queries.listWrongEdges(tx))
    broken.addAll(await queries.listStrayDocuments(tx))
    broken.addAll(await queries.listWrongDifferences(tx))
    broken.addAll(await queries.listUntoldSellers(tx))
    const corrections = await queries.countCorrections(tx)
    return { looked: [[corrections, 'corrections']], broken: broken.found(), pending: openFindings().found() }
  },
}
