import { reverse, takenBases } from '../../../billing/commission-clawback.ts'
import { retierLine } from '../../../billing/commission.ts'
import { currency, type Decimal, decimal, plainText, zero } from '../../../billing/money.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, type Findings, openFindings } from '../check.ts'
import {
  countTakenBack,
  listStrayTakenBack,
  listTakenBack,
  listWrongRetiered,
  type TakenBackRow,
} from './queries-taken-back.ts'

const rowsPerPage = 5_000

/**
 * I3: what credit notes took back of earnings is their share of the line, by the tiers of its rule or by the earning itself, and
 * what retroactive rules compute again is taken back whole.
 */
export const checkTakenBack: Check = {
  law: 'I3',
  name: 'what is taken back of earnings is what their credit notes give',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const total = await countTakenBack(tx)
    broken.addAll(await listStrayTakenBack(tx))
    broken.addAll(await listWrongRetiered(tx))
    let read = 0
    for (let after: string | undefined = nilId; after !== undefined;) {
      const page: readonly TakenBackRow[] = await listTakenBack(tx, after, rowsPerPage)
      for (const row of page) judgeTakenBack(row, broken)
      read += page.length
      progress(read, total, 'earnings')
      after = page.length < rowsPerPage ? undefined : page.at(-1)?.id
    }
    return { looked: [[total, 'reductions of earnings']], broken: broken.found(), pending: openFindings().found() }
  },
}

function judgeTakenBack(row: TakenBackRow, broken: Findings): void {
  const name = `earning ${row.id}`
  const found = attempt(() => figuresOf(row).map(plainText).join(', '))
  if ('refusal' in found) {
    broken.add(name, `can not be computed: ${found.refusal}`)
    return
  }
  const says = [row.base, row.amount, row.baseToDate, row.amountToDate].join(', ')
  if (says !== found.value) {
    broken.add(name, `takes back ${says} (base, amount, both to date); its credit note gives ${found.value}`)
  }
}

/** Base, amount, and both to date. Of a rule that counts the period to date all but the base is followed with the period. */
function figuresOf(row: TakenBackRow): Decimal[] {
  const code = currency(row.currency)
  const base = baseOf(row)
  if (row.position !== null) return [base, decimal(row.amount), decimal(row.baseToDate), decimal(row.amountToDate)]
  const retiered = {
    base: decimal(row.earnedBase).plus(decimal(row.retierBase)),
    amount: decimal(row.earnedAmount).plus(decimal(row.retierAmount)),
  }
  const reversed = { base: decimal(row.reversedBase), amount: decimal(row.reversedAmount) }
  if (row.kind === 'retier') {
    const before = retiered.base.plus(reversed.base)
    const amount = retierLine(row.terms, before, base, code)
    return [base, amount, before.plus(base), retiered.amount.plus(reversed.amount).plus(amount)]
  }
  const { amount } = reverse(retiered, reversed, base, code)
  return [base, amount, reversed.base.plus(base), reversed.amount.plus(amount)]
}

/** What the credit note takes of the earning's base: its share of all that is credited of the line, less what went before. */
function baseOf(row: TakenBackRow): Decimal {
  const bases = row.bases.map((base) => decimal(base))
  const taken = takenBases(decimal(row.credited), decimal(row.wholeLine), bases, currency(row.currency))
  return (taken[row.place] ?? zero).minus(decimal(row.retierBase)).minus(decimal(row.reversedBase))
}
