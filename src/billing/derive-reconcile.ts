import { type Day, type DayRange, daysAfter, daysWithout, isWithin } from './days.ts'

/** A version of a derived list as it stands. `content` is equal for equal prices; `paperEnd` ends its last day on paper. */
export type StandingVersion = DayRange & {
  readonly id: string
  readonly isFrozen: boolean
  readonly content: string
  readonly paperEnd: Day | null
}

/** A version as the base wants it now. */
export type WantedVersion = DayRange & { readonly content: string }

/** What is to be done, in this order. `days` spans every day whose price changes; null when nothing is to be done. */
export type Reconciliation<W> = {
  readonly remove: readonly string[]
  readonly end: readonly { readonly id: string; readonly to: Day }[]
  readonly rewrite: readonly { readonly id: string; readonly wanted: W }[]
  readonly create: readonly W[]
  readonly days: DayRange | null
}

/** The first day of a frozen version on which the base wants something else, or null. */
function firstDifference(frozen: StandingVersion, wanted: readonly WantedVersion[]): Day | null {
  for (let at = frozen.from; frozen.to === null || at < frozen.to;) {
    const here = at
    const found = wanted.find((one) => isWithin(one, here))
    if (!found || found.content !== frozen.content) return at
    if (found.to === null) return null
    at = found.to
  }
  return null
}

/**
 * Until when a frozen version goes on: until the base changes, but what is on paper stays, and what was wrong from its first
 * day on is set right from tomorrow on. A version never loses its first day.
 */
function endOf(frozen: StandingVersion, wanted: readonly WantedVersion[], tomorrow: Day): Day | null {
  const difference = firstDifference(frozen, wanted)
  if (difference === null) return frozen.to
  const wished = difference === frozen.from ? tomorrow : difference
  const end = [wished, frozen.paperEnd ?? wished, daysAfter(frozen.from, 1)].toSorted().at(-1) ?? wished
  return frozen.to !== null && frozen.to < end ? frozen.to : end
}

/** The days from the first to the last of some ranges, or null for none. */
function spanOf(ranges: readonly DayRange[]): DayRange | null {
  const [first] = ranges.map(({ from }) => from).toSorted()
  if (first === undefined) return null
  const ends = ranges.map(({ to }) => to)
  return { from: first, to: ends.includes(null) ? null : (ends.toSorted().at(-1) ?? null) }
}

const isSame = (a: DayRange, b: DayRange): boolean => a.from === b.from && a.to === b.to

/**
 * Says how the versions of a derived list come to follow their base. A frozen one is never rewritten: at most it ends
 * sooner. Doing what is said and asking again says nothing more.
 */
export function reconcile<W extends WantedVersion>(
  standing: readonly StandingVersion[],
  wanted: readonly W[],
  tomorrow: Day,
): Reconciliation<W> {
  const frozen = standing
    .filter(({ isFrozen }) => isFrozen)
    .map((version) => ({ version, end: endOf(version, wanted, tomorrow) }))
  const taken = frozen.map(({ version, end }) => ({ from: version.from, to: end }))
  const free = wanted.flatMap((one) => daysWithout(one, taken).map((range) => ({ ...one, ...range })))
  const open = standing.filter(({ isFrozen }) => !isFrozen)
  const pairs = open.map((version) => ({ version, next: free.find(({ from }) => from === version.from) }))
  const changed = pairs.filter(
    ({ version, next }) => next && !(isSame(version, next) && version.content === next.content),
  )
  const removed = pairs.filter(({ next }) => !next)
  const ended = frozen.filter(({ version, end }) => end !== version.to)
  const created = free.filter(({ from }) => !open.some((version) => version.from === from))
  return {
    remove: removed.map(({ version }) => version.id),
    end: ended.flatMap(({ version, end }) => (end === null ? [] : [{ id: version.id, to: end }])),
    rewrite: changed.flatMap(({ version, next }) => (next ? [{ id: version.id, wanted: next }] : [])),
    create: created,
    days: spanOf([
      ...removed.map(({ version }) => version),
      ...changed.flatMap(({ version, next }) => (next ? [version, next] : [version])),
      ...ended.map(({ version, end }) => ({ from: end ?? version.from, to: version.to })),
      ...created,
    ]),
  }
}
