import type { Tx } from '../../platform/db.ts'
import { type Fault, invalidFields, type Pointer } from '../../platform/errors.ts'
import { externalIdTaken } from './errors.ts'
import type { ExternalIds } from './model.ts'
import * as queries from './queries.ts'

/**
 * Says what the regions call a subscription. A name is taken only by another subscription of the same tenant: two tenants
 * may claim the same name, and usage that two claim waits for a person.
 * @throws externalIdTaken, DomainError 422 below `pointer` for an unknown region and for a name that is said twice.
 */
export async function addAliases(
  tx: Tx,
  subscriptionId: string,
  aliases: ExternalIds,
  pointer: '' | Pointer,
): Promise<void> {
  if (aliases.length === 0) return
  const codes = aliases.map(({ region }) => region)
  const regionIds = new Map((await queries.listRegions(tx, codes)).map(({ id, code }) => [code, id]))
  const faults = aliases.flatMap((alias, index) => faultOf(aliases, index, regionIds.has(alias.region), pointer))
  if (faults.length > 0) throw invalidFields(faults)
  const added = await queries.insertAliases(tx, subscriptionId, aliases)
  const names = new Set(added.map(({ regionId, externalId }) => `${regionId} ${externalId}`))
  const taken = aliases.findIndex(({ region, externalId }) => !names.has(`${regionIds.get(region)} ${externalId}`))
  if (taken !== -1) throw externalIdTaken(`${pointer}/${taken}/externalId`)
}

function faultOf(aliases: ExternalIds, index: number, isKnown: boolean, pointer: string): Fault[] {
  const at = `${pointer}/${index}`
  if (!isKnown) {
    const message = 'names something that does not exist'
    return [{ pointer: `${at}/region`, code: 'reference.unknown', message }]
  }
  const alias = aliases[index]
  const first = aliases.findIndex((one) => one.region === alias?.region && one.externalId === alias.externalId)
  return first === index
    ? []
    : [{ pointer: `${at}/externalId`, code: 'subscription.external_id_twice', message: 'is said twice' }]
}
