import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, type Findings, openFindings, type View } from '../check.ts'
import { eventKey, hashOf, type Said, type Thing, wholeOf, wordings } from './identity.ts'
import * as queries from './queries-identity.ts'
import type { EventPlace } from './queries-usage.ts'
import { eachSlice } from './usage.ts'

const recordsPerPage = 5_000

/**
 * I2: a record is known by its id, or by the hour or interval that it is all of, and its hash seals what it said. Names may
 * have changed since it came: then it is only not known by what it was called.
 */
export const checkIdentities: Check = {
  law: 'I2',
  name: 'records are known by what they said',
  run: async (view) => {
    const [broken, pending] = [openFindings(), openFindings()]
    const things = await readThings(view)
    const records = await eachSlice(view, async (slice) => {
      let after: EventPlace | undefined
      do {
        const page: readonly queries.IdentifiedEvent[] = await queries.listEvents(view.tx, slice, after, recordsPerPage)
        const namesOf = await readNames(view, page)
        for (const event of page) judgeEvent(event, namesOf(event), things(event), { broken, pending })
        after = page.length < recordsPerPage ? undefined : page.at(-1)
      } while (after)
    })
    const held = await checkHeld(view, broken)
    return {
      looked: [
        [records, 'records'],
        [held, 'records that waited'],
      ],
      broken: broken.found(),
      pending: pending.found(),
    }
  },
}

type Event = queries.IdentifiedEvent

async function readThings({ tx }: View): Promise<(event: Event) => Thing[]> {
  const skus = Map.groupBy(await queries.listSkus(tx), ({ id }) => id)
  const meters = Map.groupBy(await queries.listMeters(tx), ({ regionId, skuId }) => `${regionId} ${skuId}`)
  return ({ regionId, skuId }) => [...(skus.get(skuId) ?? []), ...(meters.get(`${regionId} ${skuId}`) ?? [])]
}

/** A record may call its subscription by our id too. */
async function readNames({ tx }: View, page: readonly Event[]): Promise<(event: Event) => string[]> {
  const rows = await queries.listNames(tx, [...new Set(page.map(({ subscriptionId }) => subscriptionId))])
  const names = Map.groupBy(rows, ({ regionId, subscriptionId }) => `${regionId} ${subscriptionId}`)
  return ({ regionId, subscriptionId }) => [
    ...(names.get(`${regionId} ${subscriptionId}`) ?? []).map(({ name }) => name),
    subscriptionId,
  ]
}

/** In the one form that an instant has: no zeros at its end. */
const instantOf = (text: string): string => `${text.slice(0, -1).replace(/\.?0+$/, '')}Z`

/** What the record may have said, by each name and thing that it may have used. */
function saidBy(event: Event, names: readonly string[], things: readonly Thing[]): Said[] {
  const { regionId, recordId, quantity, resource, dimensions } = event
  const [start, end] = [instantOf(event.start), instantOf(event.end)]
  const about = { regionId, recordId, start, end, quantity, resource, dimensions: dimensions ?? {} }
  return names.flatMap((subscription) => things.flatMap((thing) => wordings({ ...about, subscription }, thing)))
}

function judgeEvent(
  event: Event,
  names: readonly string[],
  things: readonly Thing[],
  { broken, pending }: { readonly broken: Findings; readonly pending: Findings },
): void {
  const name = `usage event ${event.key} of tenant ${event.tenantId}`
  const isEvent = eventKey(event) === event.key
  let isKnown = isEvent
  for (const one of saidBy(event, names, things)) {
    const semantics = isEvent ? 'event' : wholeOf(one, event.key)
    if (semantics === undefined) continue
    isKnown = true
    if (event.hash === null || hashOf(one, semantics) === event.hash) return
  }
  const found = event.isRenamed ? pending : broken
  if (!isKnown) found.add(name, 'is not known by what it says')
  // A meter with a factor counts in a unit that only its source knows.
  else if (!things.some((thing) => 'meter' in thing && thing.factor !== '1'))
    found.add(name, 'does not say what was hashed')
}

/** What waits in quarantine is kept as it was sent. */
async function checkHeld({ tx }: View, broken: Findings): Promise<number> {
  let count = 0
  for (let after: string | undefined = nilId; after !== undefined;) {
    const page: readonly queries.HeldRecord[] = await queries.listHeld(tx, after, recordsPerPage)
    for (const held of page) judgeHeld(held, broken)
    count += page.length
    after = page.length < recordsPerPage ? undefined : page.at(-1)?.id
  }
  return count
}

function judgeHeld({ id, hash, recordId, regionId, record }: queries.HeldRecord, broken: Findings): void {
  const said = { ...record, recordId, regionId } as Said
  const isSealed = attempt(() => hashOf(said, 'event') === hash || hashOf(said, 'hour') === hash)
  if (!('value' in isSealed && isSealed.value && record['id'] === recordId))
    broken.add(`quarantined record ${id}`, 'does not say what was hashed')
}
