import type { Tx } from '../../../platform/db.ts'
import { listRulesOf } from '../rules/queries.ts'
import type { RuleRow } from '../rules/terms.ts'
import { seatsOf } from '../runs/book.ts'
import type { IssuedLine } from '../runs/earn.ts'
import type { Draft } from './queries.ts'

/** The rules that some lines earn by, as they are and with the draft in place of the payee's own. Runs as weir_seller. */
export async function rulesTried(
  tx: Tx,
  draft: Draft,
  lines: readonly IssuedLine[],
): Promise<{ readonly before: readonly RuleRow[]; readonly after: readonly RuleRow[] }> {
  const payees = [...new Set(lines.flatMap(seatsOf).map(({ payeeId }) => payeeId))]
  const rules = await listRulesOf(tx, draft.payerId, payees)
  const others = rules.filter(({ payeeId, currency }) => payeeId !== draft.payeeId || currency !== draft.currency)
  return { before: rules, after: [...others, asRule(draft)] }
}

/** The draft as a rule that is in force on every day. */
const asRule = ({ period, ...draft }: Draft): RuleRow => ({
  ...draft,
  validFrom: '2000-01-01',
  validTo: null,
  createdAt: period,
  updatedAt: period,
  usedUntil: null,
  version: 1,
})
