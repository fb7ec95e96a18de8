import { amountText, currency, decimal } from '../../../billing/money.ts'
import { costShare } from '../../../billing/shared-cost.ts'
import { tierRole } from '../../../platform/context.ts'
import { switchRole, type Tx } from '../../../platform/db.ts'
import type { IssuedLine } from './earn.ts'
import { asksForCosts, type CostRow, listCosts } from './queries-costs.ts'
import type { Run } from './queries.ts'

const keyOf = ({ invoiceId, line }: { invoiceId: string; line: number }): string => `${invoiceId} ${line}`

/** What the payer pays for a line, of what it pays for all lines of the same service; null: unknown. */
function costOf(row: CostRow | undefined, code: string): string | null {
  if (!row || row.cost === null) return null
  const money = currency(code)
  const [before, upTo, whole] = [decimal(row.before), decimal(row.upTo), decimal(row.whole)]
  return amountText(costShare(decimal(row.cost), { before, upTo, whole }, money), money)
}

/**
 * The lines with what the payer pays for them itself, where one of its rules is for a share of its margin: read as its tier,
 * which sees what it buys. Begins and ends as its money duties.
 */
export async function withCosts<L extends IssuedLine>(tx: Tx, run: Run, lines: readonly L[]): Promise<readonly L[]> {
  return lines.length === 0 || !(await asksForCosts(tx, run.payerId)) ? lines : readCosts(tx, run, lines)
}

/** The lines with what the payer pays for them itself. */
export async function readCosts<L extends IssuedLine>(tx: Tx, run: Run, lines: readonly L[]): Promise<readonly L[]> {
  const invoiceIds = new Set(lines.map(({ invoiceId }) => invoiceId))
  await switchRole(tx, tierRole(run.payerLevel))
  const rows = new Map((await listCosts(tx, run, [...invoiceIds])).map((row) => [keyOf(row), row]))
  await switchRole(tx, 'weir_seller')
  return lines.map((line) => ({ ...line, cost: costOf(rows.get(keyOf(line)), line.currency) }))
}
