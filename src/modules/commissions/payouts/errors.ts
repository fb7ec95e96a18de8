import { DomainError } from '../../../platform/errors.ts'

/** Nobody has a balance that is due: everything is carried on, or waits for a rate of exchange. */
export const nothingDue = () =>
  new DomainError(
    'conflict',
    'payout.nothing_due',
    'no balance is above 0, not below the minimum, and payable at a known rate of exchange',
  )

/** A batch goes from draft to approved, sent, and settled or partly returned, and no other way. */
export const payoutWrongState = () =>
  new DomainError('conflict', 'payout.wrong_state', 'the batch is not in a state that allows this')

/** Another batch took one of the statements at the same moment. */
export const statementTaken = () =>
  new DomainError('conflict', 'payout.statement_taken', 'another batch pays one of the statements')
