import { commitmentAmount, type MinimumDetails } from '../../../billing/commitments.ts'
import { daysBetween } from '../../../billing/days.ts'
import { exchange, type FxRate } from '../../../billing/fx.ts'
import { decimal, plainText } from '../../../billing/money.ts'
import { daysInPeriod } from '../../../billing/period.ts'
import type { GroupTotal } from '../../../billing/rate-line.ts'
import { attempt, type Findings } from '../check.ts'
import type { BucketRow, RateRow } from './queries-buckets.ts'

/** What a bucket of kind minimum must come from. */
type CommittedBefore = {
  readonly name: string
  readonly month: string
  readonly rate: RateRow | undefined
  readonly fx: FxRate | undefined
  /** What the usage of the same prices comes to; undefined where they ask for no minimum. */
  readonly total: GroupTotal | undefined
}

/** Names a minimum that is not what its commitment, its days and its usage give. */
export function judgeMinimum(bucket: BucketRow, before: CommittedBefore, broken: Findings): void {
  const { name, rate, fx, total } = before
  if (bucket.unrounded === null) return
  const details = bucket.details as MinimumDetails | null
  const minimum = rate?.rate.minimum
  if (minimum === undefined || !details || !total) return broken.add(name, 'is a minimum that no price asks for')
  const expected = {
    minimum: fx ? plainText(exchange(decimal(minimum), fx)) : minimum,
    daysInForce: daysBetween(bucket.serviceStart, bucket.serviceEnd) - (details.daysNotListed ?? 0),
    daysInPeriod: daysInPeriod(before.month),
    cameTo: plainText(total.after),
    cameToBefore: details.cameToBefore === null ? null : plainText(total.before),
  }
  const wrong = (Object.keys(expected) as (keyof typeof expected)[]).filter((key) => expected[key] !== details[key])
  for (const key of wrong) broken.add(name, `says ${key} ${details[key]}, its price and usage give ${expected[key]}`)
  if (wrong.length > 0) return
  const amount = attempt(() => plainText(commitmentAmount(expected)))
  const says = 'refusal' in amount ? amount.refusal : amount.value
  if (says !== bucket.unrounded) broken.add(name, `holds ${bucket.unrounded}; its commitment and usage give ${says}`)
}
