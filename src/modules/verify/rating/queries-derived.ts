import type { DerivationMethod } from '../../../billing/derive-rate.ts'
import type { Rate } from '../../../billing/rate.ts'
import type { Tx } from '../../../platform/db.ts'

/** A derived rate with what it came from; numbers are decimal text. */
export type DerivedRow = {
  id: string
  rate: Rate
  baseRate: Rate
  method: DerivationMethod
  percent: string | null
  amount: string | null
}

/** The next derived rates by their ids. */
export const listDerived = (tx: Tx, after: string, limit: number) =>
  tx<DerivedRow[]>`
    select price_rate.id, price_rate.rate, origin.base_rate as "baseRate", derivation.method,
           trim_scale(derivation.percent)::text as percent, trim_scale(derivation.amount)::text as amount
    from derived_rate origin
    join price_rate on price_rate.id = origin.price_rate_id
    join price_derivation derivation on derivation.id = origin.derivation_id
    where origin.price_rate_id > ${after}
    order by origin.price_rate_id limit ${limit}`

/** Rates of derived lists of which nobody knows what they came from. */
export const listOrphans = (tx: Tx, limit: number) =>
  tx<{ id: string; total: number }[]>`
    select price_rate.id, count(*) over ()::int as total
    from price_list join price_rate on price_rate.price_list_id = price_list.id
    where price_list.derivation_id is not null
      and not exists (select from derived_rate where derived_rate.price_rate_id = price_rate.id)
    order by price_rate.id limit ${limit}`
