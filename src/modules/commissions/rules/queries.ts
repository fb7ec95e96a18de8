import type { CommercialModel } from '../../../billing/chain.ts'
import { inBranch } from '../../../platform/branch.ts'
import type { Actor, Level } from '../../../platform/context.ts'
import { one, type Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { newId } from '../../../platform/ids.ts'
import { onePast, type PageRequest } from '../../../platform/page.ts'
import type { Basis, RuleFilters } from './model.ts'
import type { RuleRow, RuleTerms } from './terms.ts'

/** One after the other: whoever changes a payer's rules, and whoever computes earnings by them. Ends with the transaction. */
export const lockCommissions = (tx: Tx, payerId: string) =>
  tx`select pg_advisory_xact_lock(hashtextextended(${`commissions/${payerId}`}, 0))`

const columns = (tx: Tx) => tx`
  rule.id, rule.payer_id as "payerId", rule.payee_id as "payeeId", rule.currency, rule.basis, rule.terms, rule.inheritable,
  lower(rule.valid) as "validFrom", upper(rule.valid) as "validTo", rule.used_until as "usedUntil", rule.version,
  rule.created_at as "createdAt", rule.updated_at as "updatedAt"`

/** The payer's and the payee's, and nobody else's. */
const isParty = (tx: Tx, actor: Actor) => tx`${tx(`rule.see_${actor.level}_id`)} = ${actor.organizationId}`

export const listRules = (tx: Tx, actor: Actor, filters: RuleFilters, page: PageRequest) =>
  tx<RuleRow[]>`
    select ${columns(tx)} from commission_rule rule
    where ${isParty(tx, actor)}
      ${filters.payeeId === undefined ? tx`` : tx`and rule.payee_id = ${filters.payeeId}`}
      ${filters.payerId === undefined ? tx`` : tx`and rule.payer_id = ${filters.payerId}`}
      ${page.after === undefined ? tx`` : tx`and rule.id < ${page.after}`}
    order by rule.id desc limit ${onePast(tx, page)}`

export const findRule = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<
      RuleRow[]
    >`select ${columns(tx)} from commission_rule rule where rule.id = ${id} and ${isParty(tx, actor)}`,
  )

/** The rules of a payer for these payees: every version, in every currency. */
export const listRulesOf = (tx: Tx, payerId: string, payeeIds: readonly string[]) =>
  tx<RuleRow[]>`
    select ${columns(tx)} from commission_rule rule
    where rule.payer_id = ${payerId} and rule.payee_id = any (${[...payeeIds]}::uuid[])
    order by rule.id`

/** @throws when the actor can't see itself, which is a bug. */
export const findOwnCurrency = async (tx: Tx, actor: Actor): Promise<string> => {
  const row = one(
    await tx<{ currency: string }[]>`
      select organization.currency from organization
      where organization.id = ${actor.organizationId} and ${inBranch(tx, actor, 'organization')}`,
  )
  invariant(row, 'an actor sees its own organization')
  return row.currency
}

/** An organization of the branch that could earn: who it is, and who stands between it and the platform. */
export type PayeeRow = {
  id: string
  level: Level
  distributorId: string
  distributorModel: CommercialModel | null
}

export const findAgent = async (tx: Tx, actor: Actor, id: string) =>
  one(
    await tx<PayeeRow[]>`
      select agent.id, agent.level, agent.distributor_id as "distributorId", above.commercial_model as "distributorModel"
      from organization agent
      left join organization above on above.id = agent.distributor_id and above.id <> agent.id
      where agent.id = ${id} and ${inBranch(tx, actor, 'agent')} and agent.commercial_model = 'agent'`,
  )

/** The agent partners below a distributor. */
export const listAgentPartners = (tx: Tx, actor: Actor, distributorId: string) =>
  tx<{ id: string }[]>`
    select agent.id from organization agent
    where agent.distributor_id = ${distributorId} and agent.level = 'partner' and agent.commercial_model = 'agent'
      and ${inBranch(tx, actor, 'agent')}
    order by agent.id`

export type NewRow = {
  payer: { id: string; level: Level }
  payee: { id: string; level: Level }
  currency: string
  basis: Basis
  terms: RuleTerms
  inheritable: boolean
  validFrom: string
  validTo: string | null
}

export const insertRule = async (tx: Tx, { payer, payee, ...rule }: NewRow): Promise<string> => {
  const id = newId()
  const seenAt = (level: Level) => [payer, payee].find((party) => party.level === level)?.id ?? null
  await tx`
    insert into commission_rule (id, payer_id, payee_id, currency, basis, terms, inheritable, valid,
                                 see_platform_id, see_distributor_id, see_partner_id)
    values (${id}, ${payer.id}, ${payee.id}, ${rule.currency}, ${rule.basis}, ${tx.json(rule.terms)}, ${rule.inheritable},
            daterange(${rule.validFrom}, ${rule.validTo}), ${seenAt('platform')}, ${seenAt('distributor')}, ${seenAt('partner')})`
  return id
}

const ending = (tx: Tx, day: string) => tx`
  valid = daterange(lower(valid), ${day}), version = version + 1, updated_at = clock_timestamp()`

/**
 * Lets the open-ended rule that began earlier end on the day that a new one begins; before days that it was earned by only where
 * that is retroactive. Answers the ended one.
 */
export const endPredecessor = async (
  tx: Tx,
  rule: Pick<NewRow, 'payer' | 'payee' | 'currency' | 'validFrom' | 'terms'>,
) =>
  one(
    await tx<{ id: string }[]>`
      update commission_rule set ${ending(tx, rule.validFrom)} ${rule.terms.retroactive ? tx`, superseded = true` : tx``}
      where payer_id = ${rule.payer.id} and payee_id = ${rule.payee.id} and currency = ${rule.currency}
        and upper_inf(valid) and lower(valid) < ${rule.validFrom}
      returning id`,
  )

export const updateEnd = (tx: Tx, payerId: string, id: string, day: string) =>
  tx`update commission_rule set ${ending(tx, day)} where id = ${id} and payer_id = ${payerId}`

/** The SKUs of these codes. The catalog is everybody's. */
export const listSkus = (tx: Tx, codes: readonly string[]) =>
  tx<{ id: string; code: string }[]>`select id, code from sku where code = any (${[...codes]}::text[])`

/** Those of the plans that the actor sees: its own and those above it. */
export const listPlans = (tx: Tx, ids: readonly string[]) =>
  tx<{ id: string }[]>`select id from plan where id = any (${[...ids]}::uuid[])`
