import {
  type Posting,
  postingsOfCreditNote,
  postingsOfCreditUse,
  postingsOfEarning,
  postingsOfGrant,
  postingsOfInvoice,
  postingsOfPayment,
  postingsOfPayout,
  postingsOfStatement,
  postingsOfWriteOff,
} from '../../../billing/ledger.ts'
import { amountText, currency, decimal, plainText } from '../../../billing/money.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, type Findings, openFindings } from '../check.ts'
import * as queries from './queries-ledger.ts'
import { listPayables, type PostedPayable } from './queries-payables.ts'

const documentsPerPage = 5_000

/** I3: debit equals credit everywhere, and every issued invoice and earning has exactly its own postings. */
export const checkLedger: Check = {
  law: 'I3',
  name: 'the books balance and say what the documents say',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const postings = await queries.countPostings(tx)
    broken.addAll(await queries.listUnbalanced(tx))
    broken.addAll(await queries.listStrayPostings(tx))
    let read = 0
    const compare =
      <T extends queries.Posted>(kind: string, expected: (made: T) => Posting[]) =>
      (made: T) => {
        read += made.postings.length
        compareOne(broken, `${kind} ${made.id}`, made, () => expected(made))
      }
    const showing = () => progress(read, postings, 'postings')
    const ofInvoice = compare('invoice', (made: queries.PostedInvoice) =>
      postingsOfInvoice({ ...made, sellerId: made.bookId, currency: currency(made.currency) }),
    )
    const ofNote = compare('credit note', (made: queries.PostedNote) =>
      postingsOfCreditNote({ ...made, sellerId: made.bookId, currency: currency(made.currency) }),
    )
    const ofEarning = compare('earning', ({ bookId, currency: code, amount }: queries.PostedEarning) =>
      postingsOfEarning({ payerId: bookId, currency: currency(code), amount }),
    )
    const ofPayment = compare('payment', ({ bookId, currency: code, amount, overpaid }: queries.PostedPayment) =>
      postingsOfPayment({ sellerId: bookId, currency: currency(code), amount, overpaid }),
    )
    const ofSettlement = compare('settlement', ({ bookId, currency: code, amount, kind }: queries.PostedSettlement) =>
      (kind === 'written_off' ? postingsOfWriteOff : postingsOfCreditUse)({
        sellerId: bookId,
        currency: currency(code),
        amount,
      }),
    )
    const ofGrant = compare('credit entry', ({ bookId, currency: code, amount }: queries.PostedEarning) =>
      postingsOfGrant({ sellerId: bookId, currency: currency(code), amount }),
    )
    const ofPayable = compare('payable', postingsOfPayable)
    const payables = await eachById((after) => listPayables(tx, after, documentsPerPage), ofPayable, showing)
    const payments = await eachById((after) => queries.listPayments(tx, after, documentsPerPage), ofPayment, showing)
    const settled = await eachById(
      (after) => queries.listSettlements(tx, after, documentsPerPage),
      ofSettlement,
      showing,
    )
    const grants = await eachById((after) => queries.listGrantChanges(tx, after, documentsPerPage), ofGrant, showing)
    const documents = await eachById((after) => queries.listInvoices(tx, after, documentsPerPage), ofInvoice, showing)
    const notes = await eachById((after) => queries.listNotes(tx, after, documentsPerPage), ofNote, showing)
    const earnings = await eachById((after) => queries.listEarnings(tx, after, documentsPerPage), ofEarning, showing)
    return {
      looked: [
        [postings, 'postings'],
        [documents + notes + payments + settled + grants + earnings + payables, 'documents, payments and earnings'],
      ],
      broken: broken.found(),
      pending: openFindings().found(),
    }
  },
}

function postingsOfPayable({ bookId, currency: code, amount, kind, exchanged }: PostedPayable): Posting[] {
  const owed = {
    payerId: bookId,
    currency: currency(code),
    amount: amountText(decimal(amount), currency(code)),
  }
  if (kind === 'statement') return postingsOfStatement(owed)
  const parts = exchanged.map((part) => ({ ...part, paidCurrency: currency(part.paidCurrency) }))
  return postingsOfPayout({ ...owed, exchanged: parts })
}

async function eachById<T extends { readonly id: string }>(
  read: (after: string) => PromiseLike<readonly T[]>,
  look: (row: T) => void,
  onPage: () => void,
): Promise<number> {
  let count = 0
  for (let after: string | undefined = nilId; after !== undefined;) {
    const page: readonly T[] = await read(after)
    for (const row of page) look(row)
    count += page.length
    onPage()
    after = page.length < documentsPerPage ? undefined : page.at(-1)?.id
  }
  return count
}

const textOf = ({ account, currency, amount }: Posting): string =>
  `${account} ${currency} ${plainText(decimal(amount))}`

function compareOne(broken: Findings, row: string, made: queries.Posted, expected: () => Posting[]): void {
  const computed = attempt(expected)
  if ('refusal' in computed) {
    broken.add(row, `what it posts can not be computed: ${computed.refusal}`)
    return
  }
  const [posted, wanted] = [made.postings.toSorted().join(', '), computed.value.map(textOf).toSorted().join(', ')]
  if (posted !== wanted) broken.add(row, `posted ${posted || 'nothing'} instead of ${wanted || 'nothing'}`)
}
