import { canonicalJson } from '../../../billing/canonical.ts'
import { checkDerivation, deriveRate } from '../../../billing/derive-rate.ts'
import type { Rate } from '../../../billing/rate.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, namedRows, openFindings } from '../check.ts'
import * as queries from './queries-derived.ts'

const ratesPerStep = 5_000

const textOf = (rate: Rate): string => canonicalJson(rate)

/** I3: a derived price is its base at the terms of its list. */
export const checkDerived: Check = {
  law: 'I3',
  name: 'derived prices come out of their bases',
  run: async ({ tx }) => {
    const broken = openFindings()
    let looked = 0
    for (let after = nilId; ;) {
      const rows = await queries.listDerived(tx, after, ratesPerStep)
      for (const row of rows) {
        const derived = attempt(() => textOf(deriveRate(row.baseRate, checkDerivation(termsOf(row)))))
        if ('refusal' in derived) broken.add(`derived rate ${row.id}`, derived.refusal)
        else if (derived.value !== textOf(row.rate)) broken.add(`derived rate ${row.id}`, 'is not what its base gives')
      }
      looked += rows.length
      const last = rows.at(-1)
      if (rows.length < ratesPerStep || !last) break
      after = last.id
    }
    const orphans = await queries.listOrphans(tx, namedRows)
    broken.addAll(orphans.map(({ id, total }) => ({ row: `derived rate ${id}`, says: 'has lost its base', total })))
    return { looked: [[looked, 'derived prices']], broken: broken.found(), pending: openFindings().found() }
  },
}

const termsOf = ({ method, percent, amount }: queries.DerivedRow) => ({
  method,
  ...(percent !== null && { percent }),
  ...(amount !== null && { amount }),
})
