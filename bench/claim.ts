import type { BenchHouseOptions, BenchHouse } from './house.ts'

/** A limit in words, and whether what was measured keeps it. */
export type Mark = { readonly text: string; readonly isMet: boolean }

/** What the same machine does in the same run when only the unavoidable is done. */
type Yardstick = { readonly what: string; readonly text: string }

/** One measured claim. */
export type Finding = {
  readonly benchmark: string
  readonly what: string
  readonly value: number
  readonly unit: string
  /** Missing it fails the run. */
  readonly floor: Mark | null
  readonly goal: Mark | null
  readonly yardstick: Yardstick | null
  /** The measured speed as a share of the yardstick's: 1 is equal, more is faster. */
  readonly ratio: number | null
}

/** A benchmark: what it needs to run, and how it measures. */
export type Benchmark = {
  readonly name: string
  /** One line for people. */
  readonly claim: string
  readonly house: BenchHouseOptions
  readonly run: (bench: BenchHouse) => Promise<Finding[]>
}

const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })

/** A number for people: thousands apart, small ones with digits that say something. */
export const figure = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en') : oneDigit.format(value)

/** A limit from below, for rates. */
export const atLeast = (value: number, bound: number, unit: string): Mark => ({
  text: `>= ${figure(bound)} ${unit}`,
  isMet: value >= bound,
})

/** A limit from above, for times and sizes. */
export const atMost = (value: number, bound: number, unit: string): Mark => ({
  text: `<= ${figure(bound)} ${unit}`,
  isMet: value <= bound,
})

/** A share of the yardstick that must be reached. */
export const shareOf = (ratio: number, bound: number): Mark => ({
  text: `>= ${bound.toFixed(2)} of the yardstick`,
  isMet: ratio >= bound,
})
