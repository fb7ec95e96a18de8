import { describe, expect, test } from 'bun:test'
import { assertMove, machines, mayMove, statesOf, type Machine, type StateOf } from '../../src/billing/states.ts'
import { refusal } from '../support/refusal.ts'

/** The table of states in docs/domain.md, as `from>to`. */
const contract: Record<Machine, string> = {
  organization: 'active>suspended suspended>active active>closed suspended>closed',
  subscription: 'pending>active active>suspended suspended>active pending>ended active>ended suspended>ended',
  planVersion: 'draft>published published>retired',
  priceListVersion: 'draft>active active>used used>ended',
  batch: 'received>processing processing>done processing>parked parked>processing',
  bucket:
    'fresh>stale stale>fresh stale>parked parked>fresh fresh>drafted drafted>billed drafted>fresh drafted>settled',
  billingRun: 'queued>rating rating>drafted drafted>issuing issuing>done rating>cancelled drafted>cancelled',
  invoice: 'draft>parked parked>draft draft>discarded draft>issued',
  creditNote: 'draft>discarded draft>issued',
  period: 'open>ended ended>closed',
  job: 'queued>running running>done running>queued running>failed running>parked running>cancelled queued>cancelled parked>queued parked>cancelled',
  webhookDelivery: 'pending>delivered pending>pending pending>exhausted exhausted>pending',
  webhookEndpoint: 'active>disabled disabled>active',
  region: 'active>paused paused>active',
}

const movesOf = (machine: Machine): string[] => {
  const states: readonly StateOf<Machine>[] = statesOf(machine)
  const pairs = states.flatMap((from) => states.map((to) => [from, to] as const))
  return pairs.filter(([from, to]) => mayMove(machine, from, to)).map(([from, to]) => `${from}>${to}`)
}

describe('states', () => {
  test.each(Object.keys(machines) as Machine[])('%s moves as the contract says and no other way', (machine) => {
    expect(movesOf(machine).toSorted()).toEqual(contract[machine].split(' ').toSorted())
  })

  test('every state that is named as a next one exists', () => {
    const unknown = Object.entries(machines).flatMap(([machine, states]) =>
      Object.values<readonly string[]>(states)
        .flat()
        .filter((state) => !(state in states))
        .map((state) => `${machine} ${state}`),
    )
    expect(unknown).toEqual([])
  })

  test('what is final stays: issued papers, closed periods, finished jobs, billed buckets', () => {
    const ends = [
      statesOf('invoice').filter((to) => mayMove('invoice', 'issued', to)),
      statesOf('period').filter((to) => mayMove('period', 'closed', to)),
    ]
    const jobs = (['done', 'failed', 'cancelled'] as const).flatMap((from) =>
      statesOf('job').filter((to) => mayMove('job', from, to)),
    )
    expect([...ends.flat(), ...jobs, ...statesOf('bucket').filter((to) => mayMove('bucket', 'billed', to))]).toEqual([])
  })

  test('a forbidden move is refused by code, an allowed one passes in silence', () => {
    expect(refusal(() => assertMove('invoice', 'issued', 'draft')).code).toBe('state.forbidden')
    expect(assertMove('invoice', 'draft', 'issued')).toBeUndefined()
  })

  test('a state by the name of an object property is no state', () => {
    expect(mayMove('invoice', 'constructor' as 'draft', 'draft')).toBe(false)
  })
})
