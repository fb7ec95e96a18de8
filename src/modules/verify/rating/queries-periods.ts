import type { Period } from '../../../billing/period.ts'
import type { Tx } from '../../../platform/db.ts'
import type { Certificate } from '../../billing/periods/model.ts'

export const listClosed = (tx: Tx) =>
  tx<{ period: Period; certificate: Certificate }[]>`
    select period, certificate from billing_period where state = 'closed' order by period`
