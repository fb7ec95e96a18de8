import type { StatementState } from '../../../billing/statement.ts'
import type { Level } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { newId } from '../../../platform/ids.ts'
import type { Payee } from './rows.ts'

// Runs as the payer's money duties, under its lock on commissions.

/** A payee's statement of one month and currency. */
type StatementKey = { payeeId: string; currency: string; period: string }
export type StatementPlace = StatementKey & { id: string; state: StatementState }

export const listStatementPlaces = (tx: Tx, payerId: string, payeeIds: readonly string[]) =>
  tx<StatementPlace[]>`
    select id, payee_id as "payeeId", currency, period, state from statement
    where payer_id = ${payerId} and payee_id = any (${[...payeeIds]}::uuid[])`

export type NewStatement = Omit<StatementKey, 'payeeId'> & { readonly payee: Payee }

/** Opens statements that are not there yet. May run twice. */
export async function insertStatements(
  tx: Tx,
  payer: { id: string; level: Level },
  statements: readonly NewStatement[],
): Promise<StatementPlace[]> {
  const at = (party: { id: string; level: Level }, level: Level) => (party.level === level ? party.id : null)
  const seenAt = (level: Level) => statements.map(({ payee }) => at(payer, level) ?? at(payee, level))
  return tx<StatementPlace[]>`
    insert into statement (id, payer_id, payee_id, period, currency, see_platform_id, see_distributor_id, see_partner_id)
    select id, ${payer.id}, payee_id, period, currency, see_platform_id, see_distributor_id, see_partner_id
    from unnest(${statements.map(newId)}::uuid[], ${statements.map(({ payee }) => payee.id)}::uuid[],
                ${statements.map(({ period }) => period)}::text[], ${statements.map(({ currency }) => currency)}::text[],
                ${seenAt('platform')}::uuid[], ${seenAt('distributor')}::uuid[], ${seenAt('partner')}::uuid[])
      as made (id, payee_id, period, currency, see_platform_id, see_distributor_id, see_partner_id)
    order by payee_id, currency, period
    returning id, payee_id as "payeeId", currency, period, state`
}
