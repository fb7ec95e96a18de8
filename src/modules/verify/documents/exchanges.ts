import { currency, decimal, plainText } from '../../../billing/money.ts'
import { payIn } from '../../../billing/payout.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, type Findings, openFindings } from '../check.ts'
import { type ExchangedRow, listExchanged } from './queries-exchanges.ts'

const rowsPerPage = 5_000

/** I3: what leaves the bank in a payee's own currency is what its statements give at the rate that its batch pinned. */
export const checkExchanges: Check = {
  law: 'I3',
  name: 'payments in other currencies are what their rates give',
  run: async ({ tx }) => {
    const broken = openFindings()
    let looked = 0
    let after: { payoutId: string; payeeId: string } | undefined = { payoutId: nilId, payeeId: nilId }
    while (after) {
      const page: readonly ExchangedRow[] = await listExchanged(tx, after, rowsPerPage)
      for (const row of page) judgeExchange(row, broken)
      looked += page.length
      after = page.length < rowsPerPage ? undefined : page.at(-1)
    }
    return { looked: [[looked, 'payments']], broken: broken.found(), pending: openFindings().found() }
  },
}

function judgeExchange(row: ExchangedRow, broken: Findings): void {
  const name = `payout ${row.payoutId}`
  if (row.amount !== row.statements) broken.add(name, `exchanges ${row.amount}, its statements give ${row.statements}`)
  if (!row.isOwnRate) broken.add(name, `is exchanged at ${row.fxRateId}, which was not in force for it`)
  const rate = { id: row.fxRateId, rate: row.rate }
  const paid = attempt(() => payIn(decimal(row.amount), currency(row.currency), currency(row.paidCurrency), rate))
  const gives = 'refusal' in paid || !paid.value ? 'nothing' : plainText(paid.value.amount)
  if (gives !== row.paidAmount) broken.add(name, `pays ${row.paidAmount} ${row.paidCurrency}, its rate gives ${gives}`)
}
