import { BillingError } from './errors.ts'

/** From each state, the states that may follow (domain, States). Nothing else is possible; an empty list is final. */
export const machines = {
  organization: { active: ['suspended', 'closed'], suspended: ['active', 'closed'], closed: [] },
  subscription: {
    pending: ['active', 'ended'],
    active: ['suspended', 'ended'],
    suspended: ['active', 'ended'],
    ended: [],
  },
  planVersion: { draft: ['published'], published: ['retired'], retired: [] },
  priceListVersion: { draft: ['active'], active: ['used'], used: ['ended'], ended: [] },
  batch: { received: ['processing'], processing: ['done', 'parked'], parked: ['processing'], done: [] },
  // A stale bucket is rated again and may then lack a price; a draft of 0.00 may be settled by the seller's setting.
  bucket: {
    fresh: ['stale', 'drafted'],
    stale: ['fresh', 'parked'],
    parked: ['fresh'],
    drafted: ['fresh', 'billed', 'settled'],
    billed: [],
    settled: [],
  },
  billingRun: {
    queued: ['rating'],
    rating: ['drafted', 'cancelled'],
    drafted: ['issuing', 'cancelled'],
    issuing: ['done'],
    done: [],
    cancelled: [],
  },
  invoice: { draft: ['parked', 'discarded', 'issued'], parked: ['draft'], discarded: [], issued: [] },
  creditNote: { draft: ['discarded', 'issued'], discarded: [], issued: [] },
  period: { open: ['ended'], ended: ['closed'], closed: [] },
  job: {
    queued: ['running', 'cancelled'],
    running: ['done', 'queued', 'failed', 'parked', 'cancelled'],
    parked: ['queued', 'cancelled'],
    done: [],
    failed: [],
    cancelled: [],
  },
  webhookDelivery: { pending: ['pending', 'delivered', 'exhausted'], exhausted: ['pending'], delivered: [] },
  webhookEndpoint: { active: ['disabled'], disabled: ['active'] },
  region: { active: ['paused'], paused: ['active'] },
} as const satisfies Record<string, Record<string, readonly string[]>>

/** A thing that has states. */
export type Machine = keyof typeof machines

/** The states of a thing. */
export type StateOf<M extends Machine> = M extends Machine ? keyof (typeof machines)[M] & string : never

/** All states of a machine, the first one first. */
export const statesOf = <M extends Machine>(machine: M): StateOf<M>[] => Object.keys(machines[machine]) as StateOf<M>[]

const followers = (machine: Machine, from: string): readonly string[] => {
  const states: Readonly<Record<string, readonly string[]>> = machines[machine]
  return Object.hasOwn(states, from) ? (states[from] ?? []) : []
}

/** True when the thing may go from one state to the other. */
export const mayMove = <M extends Machine>(machine: M, from: StateOf<M>, to: StateOf<M>): boolean =>
  followers(machine, from).includes(to)

/** @throws BillingError `state.forbidden` when the thing may not go there. */
export function assertMove<M extends Machine>(machine: M, from: StateOf<M>, to: StateOf<M>): void {
  if (!mayMove(machine, from, to))
    throw new BillingError('state.forbidden', `${machine} cannot go from ${from} to ${to}`)
}
