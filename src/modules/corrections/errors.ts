import { conflictAt, DomainError, type Pointer } from '../../platform/errors.ts'

const conflict = (pointer: Pointer, code: string, message: string) => conflictAt(pointer, `correction.${code}`, message)

export const nothingWrong = () => conflict('/period', 'nothing_wrong', 'all that is on paper is right')

export const appliedAlready = () => conflict('/path/id', 'applied', 'this correction was applied already')

export const stale = () => conflict('/path/id', 'stale', 'it would come to something else by now: preview it again')

export const periodOpen = () =>
  conflict('/period', 'period_open', 'only a closed period is corrected: a run bills the others')

export const notSummed = () =>
  conflict('/quantities', 'not_summed', 'only quantities that add up can be corrected; the others by records of usage')

export const notIssued = () =>
  conflict('/tenantId', 'not_issued', 'an edge of the tenant has no issued document of the period yet')

const reasons: Readonly<Record<string, string>> = {
  'correction.unknown':
    'what is right can not be computed: a price or a rate of exchange is missing, also of others that tiers count with',
  'correction.discounted':
    'a wrong line under a discount gives something back, or is on a document that was made anew or in parts: issue that one anew',
  'correction.given_back':
    'some of a wrong charge was given back since: credit it, and let the next run bill what is served',
  'correction.not_left': 'less is left of a line than is too much of it: other credits took it back',
}

export const settled = () =>
  conflict(
    '/period',
    'settled',
    'an edge of the tenant was settled at 0.00 without a document: nothing can be credited or charged besides; usage that is missing is sent late',
  )

/** Why the lines of an edge can't be corrected. Says nothing of amounts: the edge may be one that the caller does not see. */
export const notCorrectable = (code: string) =>
  conflictAt('/period', code, reasons[code] ?? 'the lines can not be corrected')

export const quantitiesOfPlatform = () =>
  new DomainError(
    'forbidden',
    'correction.quantities',
    'quantities are the same on every edge: only the platform corrects them',
  )
