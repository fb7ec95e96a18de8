import type { Tx } from '../../platform/db.ts'

/** A row that is not as it must be: which one, by its ids, and what is wrong with it. */
type Finding = { readonly row: string; readonly says: string }

/** How many rows were found, and the first of them. */
export type Found = { readonly count: number; readonly first: readonly Finding[] }

/** A row that a query found, with how many there are of its kind. */
export type FoundRow = Finding & { readonly total: number }

/** What a check looked at, what is broken, and what is only not finished yet. */
export type Outcome = {
  readonly looked: readonly (readonly [count: number, unit: string])[]
  readonly broken: Found
  readonly pending: Found
}

/** What a check sees: one moment of the database, as the role that may read all figures and change none. */
export type View = {
  readonly tx: Tx
  /** Says how far a long check is; throws when nobody waits for it any more. */
  readonly progress: (done: number, total: number, unit: string) => void
}

/** One law that must hold (domain, What must be zero). Reads only; may run as often as anybody likes. */
export type Check = {
  readonly law: string
  readonly name: string
  readonly run: (view: View) => Promise<Outcome>
}

/** So many rows are named; the others are counted. */
export const namedRows = 20

/** Collects what a check finds without ever holding more than it will name. */
export function openFindings() {
  let count = 0
  const first: Finding[] = []
  const add = (row: string, says: string): void => {
    count += 1
    if (first.length < namedRows) first.push({ row, says })
  }
  const addAll = (rows: readonly FoundRow[]): void => {
    for (const { row, says } of rows) add(row, says)
    count += Math.max(0, (rows[0]?.total ?? 0) - rows.length)
  }
  return { add, addAll, found: (): Found => ({ count, first }) }
}

/** What counts the rows that break a law, and names the first ones. */
export type Findings = ReturnType<typeof openFindings>

/** What recomputing a row gives, or why it can't be recomputed: a spoiled row is a finding and stops nothing. */
export function attempt<T>(compute: () => T): { readonly value: T } | { readonly refusal: string } {
  try {
    return { value: compute() }
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : 'can not be recomputed' }
  }
}
