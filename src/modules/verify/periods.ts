import { canonicalJson, type Json } from '../../billing/canonical.ts'
import { certify } from '../billing/periods.ts'
import { attempt, type Check, openFindings } from './check.ts'
import * as queries from './queries-periods.ts'

/** Key by key: a stored object comes back in another order than it was written in. */
const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a as Json) === canonicalJson(b as Json)

/** I3: a closed month holds the quantities that were certified when it was closed. */
export const checkCertificates: Check = {
  law: 'I3',
  name: 'closed months are what their certificates say',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const closed = await queries.listClosed(tx)
    for (const [index, { period, certificate }] of closed.entries()) {
      const present = await certify(tx, period)
      const same = attempt(() => isSame(certificate, present))
      if (!('value' in same && same.value)) {
        const says = `holds ${present.rows} daily rows with hash ${present.sha256}, certified were ${certificate.rows} with ${certificate.sha256}`
        broken.add(`month ${period}`, says)
      }
      progress(index + 1, closed.length, 'months')
    }
    return { looked: [[closed.length, 'months']], broken: broken.found(), pending: openFindings().found() }
  },
}
