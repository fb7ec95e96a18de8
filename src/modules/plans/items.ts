import type { Tx } from '../../platform/db.ts'
import { type Fault, invalidFields, invariant } from '../../platform/errors.ts'
import { resolveSkus } from '../pricing/skus/service.ts'
import type { Item, NewItem, NewItems } from './model.ts'

/** An item as it is stored: of a SKU, with all terms that its kind has. */
export type StoredItem = Omit<Item, 'sku'>

const recurringTerms = ['timing', 'interval', 'anchor', 'proration'] as const

/** Which terms a kind has. */
const termsOf: Record<Item['kind'], readonly (keyof NewItem)[]> = {
  usage: [],
  recurring: [...recurringTerms, 'quantityBasis'],
  oneTime: ['quantityBasis'],
}

const kindOf = ({ kind }: NewItem): Item['kind'] => kind ?? 'usage'

/** Makes items to store out of what a caller sent. @throws DomainError 422 that points at each wrong SKU or term. */
export async function readItems(tx: Tx, items: NewItems): Promise<StoredItem[]> {
  const references = items.map(({ sku, skuId }) => ({ sku, skuId }))
  const skus = await resolveSkus(tx, references, '/items')
  const faults = items.flatMap((item, index) => faultsOf(item, `/items/${index}`))
  if (faults.length > 0) throw invalidFields(faults)
  return items.map((item, index) => {
    const sku = skus[index]
    invariant(sku, 'every item has its SKU')
    return { skuId: sku.id, ...withDefaults(item) }
  })
}

const faultsOf = (item: NewItem, at: string): Fault[] =>
  ([...recurringTerms, 'quantityBasis'] as const)
    .filter((term) => item[term] !== undefined && !termsOf[kindOf(item)].includes(term))
    .map((term) => ({
      pointer: `${at}/${term}`,
      code: 'plan.term_of_other_kind',
      message: 'is no term of an item of this kind',
    }))

/** Where nothing is said: each calendar month in advance, by days, for the quantity of the subscription. */
function withDefaults(item: NewItem): Omit<StoredItem, 'skuId'> {
  const kind = kindOf(item)
  if (kind === 'usage') return { kind }
  const quantityBasis = item.quantityBasis ?? 'subscription'
  if (kind === 'oneTime') return { kind, quantityBasis }
  const { timing = 'advance', interval = 'month', anchor = 'calendar', proration = 'day' } = item
  return { kind, timing, interval, anchor, proration, quantityBasis }
}
