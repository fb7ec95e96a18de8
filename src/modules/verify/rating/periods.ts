import { canonicalJson, type Json } from '../../../billing/canonical.ts'
import type { Certificate } from '../../billing/periods/model.ts'
import { type Certified, certify, sealOf } from '../../billing/periods/service.ts'
import { attempt, type Check, openFindings } from '../check.ts'
import * as queries from './queries-periods.ts'

/** Key by key: a stored object comes back in another order than it was written in. */
const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a as Json) === canonicalJson(b as Json)

/** What a certificate says of what can be computed again; older ones say less. */
function certified({ rows, sha256, quantities, counts }: Certificate): Certified {
  return { rows, sha256, quantities, ...(counts === undefined ? {} : { counts }) }
}

function faultOf(certificate: Certificate, { counts, ...present }: Certified): string | undefined {
  const again = certificate.counts === undefined ? present : { ...present, counts }
  const same = attempt(() => isSame(certified(certificate), again))
  if (!('value' in same && same.value))
    return `holds ${present.rows} daily rows with hash ${present.sha256}, certified were ${certificate.rows} with ${certificate.sha256}`
  const seal = attempt(() => certificate.seal === undefined || certificate.seal === sealOf(certificate))
  if (!('value' in seal && seal.value)) return 'its certificate is not the one that was sealed'
  return certificate.invariants?.every(({ holds }) => holds) === false
    ? 'was closed although a law was broken'
    : undefined
}

/** I3: a closed month holds the quantities that were certified when it was closed, and its certificate is the sealed one. */
export const checkCertificates: Check = {
  law: 'I3',
  name: 'closed months are what their certificates say',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const closed = await queries.listClosed(tx)
    for (const [index, { period, certificate }] of closed.entries()) {
      const says = faultOf(certificate, await certify(tx, period))
      if (says !== undefined) broken.add(`month ${period}`, says)
      progress(index + 1, closed.length, 'months')
    }
    return { looked: [[closed.length, 'months']], broken: broken.found(), pending: openFindings().found() }
  },
}
