import { nextPeriod, type Period } from './period.ts'

/** The states of a statement (domain, States). */
export const statementStates = ['open', 'in_review', 'approved', 'paid'] as const
export type StatementState = (typeof statementStates)[number]

/** A payee's statement of one month, from one payer and in one currency. */
export type StatementOf = { readonly period: Period; readonly state: StatementState }

/**
 * The month on whose statement something earned in `period` belongs: its own while that is open or not begun, else the
 * first after all that are closed (law 16).
 */
export function openPeriod(period: Period, statements: readonly StatementOf[]): Period {
  const own = statements.find((one) => one.period === period)
  if (!own || own.state === 'open') return period
  const closed = statements.filter(({ state }) => state !== 'open').map((one) => one.period)
  return nextPeriod(closed.toSorted().at(-1) ?? period)
}

/** What is known of an earning beside its amount; days are `YYYY-MM-DD`. */
type EarningFacts = {
  readonly statement: StatementState
  readonly heldUntil: string | null
  readonly isDisputed: boolean
  /** Whether the last payment of its statement came back. */
  readonly isReturned: boolean
}

/** How an earning stands (domain, States); estimated ones are not stored. */
export const standings = ['open', 'held', 'disputed', 'approved', 'paid', 'returned'] as const
type Standing = (typeof standings)[number]

/** Derived from its statement: what is disputed or still held on that day is not approved with the others. */
export function standingOf({ statement, heldUntil, isDisputed, isReturned }: EarningFacts, today: string): Standing {
  if (statement === 'paid') return 'paid'
  if (statement === 'approved') return isReturned ? 'returned' : 'approved'
  if (isDisputed) return 'disputed'
  return heldUntil !== null && heldUntil > today ? 'held' : 'open'
}
