import { conflictAt } from '../../../platform/errors.ts'

/** Nobody has a balance that is due: everything is carried on, or waits for a rate of exchange. */
export const nothingDue = () =>
  conflictAt(
    '/currency',
    'payout.nothing_due',
    'no balance is above 0, not below the minimum, and payable at a known rate of exchange',
  )

/** A batch goes from draft to approved, sent, and settled or partly returned; before it is sent it may be discarded. */
export const payoutWrongState = () =>
  conflictAt('/path/id', 'payout.wrong_state', 'the batch is not in a state that allows this')

/** Another batch took one of the statements at the same moment. */
export const statementTaken = () =>
  conflictAt('/payeeIds', 'payout.statement_taken', 'another batch pays one of the statements')
