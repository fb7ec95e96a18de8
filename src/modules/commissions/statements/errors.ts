import { conflictAt } from '../../../platform/errors.ts'

const conflict = (code: string, message: string) => conflictAt('/path/id', code, message)

/** Where the request says who asks. */
const asker = '/headers/authorization'

/** A review is opened on an open statement only. */
export const statementNotOpen = () => conflict('statement.not_open', 'the statement is in review or settled already')

/** Only what is in review can be approved or accepted. */
export const statementNotInReview = () => conflict('statement.not_in_review', 'the statement is not in review')

/** The payee has not accepted it, and its days to look at it are not over. */
export const statementUnderReview = () =>
  conflict('statement.under_review', 'the payee may still look at it, or accept it before')

/** Two people: who opened the review, and who approves. */
export const samePerson = (code: string) => conflictAt(asker, code, 'somebody else has to approve this')

/** Review and approval are done by people, so that there are two. */
export const needsPerson = () => conflictAt(asker, 'commission.needs_person', 'only a person can do this, not a key')

/** What is approved or paid can't be disputed any more. */
export const statementSettled = () => conflict('statement.settled', 'the statement is approved or paid')

/** There is no dispute to end. */
export const notDisputed = () => conflictAt('/path/earningId', 'earning.not_disputed', 'the line is not disputed')
