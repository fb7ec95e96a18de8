import { openMonths } from '../../../billing/posting.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, type Findings, openFindings, type View } from '../check.ts'
import { listWrongPlaces } from './queries-places.ts'
import * as queries from './queries-usage.ts'
import { type Bucket, openSpreading } from './spreading.ts'

const dailyRowsPerSlice = 20_000
const eventsPerPage = 5_000

/** Goes through all tenants, some at a time, so that no step holds more than their daily rows. */
export async function eachSlice(
  { tx, progress }: View,
  work: (slice: queries.Slice) => Promise<void>,
): Promise<number> {
  const total = await queries.countEvents(tx, { after: nilId, upTo: null })
  let done = 0
  for (let after: string | null = nilId; after !== null;) {
    const slice: queries.Slice = { after, upTo: await queries.findSliceEnd(tx, after, dailyRowsPerSlice) }
    await work(slice)
    done += await queries.countEvents(tx, slice)
    progress(done, total, 'records')
    after = slice.upTo
  }
  return total
}

/** I1 and I2: what was accepted has one key and one event. That a key is taken once is the database's promise. */
export const checkKeys: Check = {
  law: 'I1 I2',
  name: 'every usage key has one event',
  run: async (view) => {
    const broken = openFindings()
    const records = await eachSlice(view, async (slice) => broken.addAll(await queries.listWrongKeys(view.tx, slice)))
    return { looked: [[records, 'records']], broken: broken.found(), pending: openFindings().found() }
  },
}

/** I2: daily usage is what its events add up to, each in one row and posted to one period, and so are distinct values. */
export const checkDaily: Check = {
  law: 'I2',
  name: 'daily usage adds up from its events',
  run: async (view) => {
    const broken = openFindings()
    const months = openMonths(await queries.listPeriods(view.tx))
    const records = await eachSlice(view, async (slice) => {
      const spread = await spreadSlice(view, slice, openSpreading(months), broken)
      broken.addAll(await queries.listWrongDays(view.tx, slice, spread))
      broken.addAll(await queries.listWrongValues(view.tx, slice))
    })
    return { looked: [[records, 'records']], broken: broken.found(), pending: openFindings().found() }
  },
}

/** I5: usage can be read by those who stood above its tenant on its day, and by nobody else. */
export const checkUsagePlaces: Check = {
  law: 'I5',
  name: 'usage stands where its tenant stood',
  run: async (view) => {
    const broken = openFindings()
    const records = await eachSlice(view, async (slice) => broken.addAll(await listWrongPlaces(view.tx, slice)))
    return { looked: [[records, 'records']], broken: broken.found(), pending: openFindings().found() }
  },
}

async function spreadSlice(
  { tx }: View,
  slice: queries.Slice,
  spreading: ReturnType<typeof openSpreading>,
  broken: Findings,
): Promise<Bucket[]> {
  let after: queries.EventPlace | undefined
  do {
    const page = await queries.listSpanning(tx, slice, after, eventsPerPage)
    for (const event of page) {
      const spread = attempt(() => spreading.add(event))
      if ('refusal' in spread) broken.add(`usage event ${event.key} of tenant ${event.tenantId}`, spread.refusal)
    }
    after = page.length < eventsPerPage ? undefined : page.at(-1)
  } while (after)
  return spreading.take()
}
