import { conflictAt, invalidField, type Pointer } from '../../../platform/errors.ts'

/** Another rule of the same payer, payee and currency covers some of these days. */
export const ruleOverlap = () =>
  conflictAt(
    '/validFrom',
    'commission.rule_overlap',
    'another rule for this payee and currency covers some of these days',
  )

/** What was earned stays: a rule can't end before the last day that an earning was computed for. */
export const ruleUsed = (pointer: Pointer) =>
  conflictAt(pointer, 'commission.rule_used', 'earnings were computed by the rule for days from then on')

/** The end of a rule may only come earlier. */
export const ruleEndsBefore = () =>
  conflictAt('/validTo', 'commission.rule_ended', 'the rule ends before that day already')

/** What waits for payment can't be computed again for a month. */
export const retroactivePaid = () =>
  invalidField(
    '/retroactive',
    'commission.retroactive_paid',
    'neither a version that waits for payment nor one in place of such a version can be retroactive',
  )
