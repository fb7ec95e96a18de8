import { checkAmounts, checkCommission } from '../../../billing/check-commission.ts'
import type { CommissionTerms } from '../../../billing/commission.ts'
import { day, overlap } from '../../../billing/days.ts'
import { currency } from '../../../billing/money.ts'
import { monthStartOf } from '../../../billing/retroactive.ts'
import { type TieredRule, worstTogether } from '../../../billing/together.ts'
import { readToday } from '../../../platform/clock.ts'
import { type Ctx, inTx, inTxOnce, tierRole } from '../../../platform/context.ts'
import { isViolation, switchRole, type Tx } from '../../../platform/db.ts'
import { invalidField, invariant, notFound, type Pointer } from '../../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../../platform/page.ts'
import type { Versioned } from '../../../platform/request.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import { retroactivePaid, ruleEndsBefore, ruleOverlap, ruleUsed } from './errors.ts'
import type { NewRule, Rule, RuleEnd, RuleFilters, RuleMade } from './model.ts'
import * as queries from './queries.ts'
import { findPayee, nameTerms } from './rule-terms.ts'
import { type RuleRow, toRule } from './terms.ts'

const toVersioned = ({ actor }: Ctx, row: RuleRow): Versioned<Rule> => ({
  value: toRule(row, actor.organizationId),
  version: row.version,
})

/** The rules that the caller pays or earns by, newest first. */
export async function listRules(ctx: Ctx, filters: RuleFilters): Promise<Page<Rule>> {
  const page = idPageRequest('commission-rules', filters)
  const rows = await inTx(ctx, (tx) => queries.listRules(tx, ctx.actor, filters, page))
  return pageOf(
    'commission-rules',
    page,
    rows,
    ({ id }) => id,
    (row) => toRule(row, ctx.actor.organizationId),
  )
}

/** @throws notFound */
export const getRule = (ctx: Ctx, id: string): Promise<Versioned<Rule>> =>
  inTx(ctx, async (tx) => toVersioned(ctx, await readRule(ctx, tx, id)))

async function readRule(ctx: Ctx, tx: Tx, id: string): Promise<RuleRow> {
  const row = await queries.findRule(tx, ctx.actor, id)
  if (!row) throw notFound()
  return row
}

/**
 * Creates a rule of the acting seller for one of its agents, and says what it adds up to. An open-ended rule that began
 * earlier ends on the day that this one begins.
 * @throws notASeller, unknownReference, ruleOverlap, ruleUsed, DomainError 422 with pointers.
 */
export async function createRule(ctx: Ctx, input: NewRule): Promise<Versioned<RuleMade>> {
  const terms = checkTerms(input)
  return refusing('/validFrom', () => inTxOnce(ctx, (tx) => insertRule(ctx, tx, input, terms)))
}

/** Checks the terms of a rule by themselves, without what they name. @throws DomainError 422 with pointers. */
export function checkTerms(input: NewRule): CommissionTerms {
  return checkedInput(() => {
    if (input.currency !== undefined) currency(input.currency, '/currency')
    day(input.validFrom, '/validFrom')
    if (input.validTo !== undefined && day(input.validTo, '/validTo') <= input.validFrom) throw emptyRange()
    if (input.basis === 'collected' && input.trigger === 'issued') throw collectedBeforePaid()
    return checkCommission(input)
  })
}

const collectedBeforePaid = () =>
  invalidField('/trigger', 'commission.trigger', 'commission on what is collected is earned when it is paid')

const emptyRange = () => invalidField('/validTo', 'range.empty', 'must be after validFrom')

async function insertRule(ctx: Ctx, tx: Tx, input: NewRule, terms: CommissionTerms): Promise<Versioned<RuleMade>> {
  const { actor } = ctx
  await assertSeller(tx, actor)
  const payee = await findPayee(ctx, tx, input.payeeId, '/payeeId')
  const code = input.currency ?? (await queries.findOwnCurrency(tx, actor))
  checkedInput(() => checkAmounts(terms, currency(code)))
  const rule: queries.NewRow = {
    payer: { id: actor.organizationId, level: actor.level },
    payee,
    currency: code,
    basis: input.basis,
    terms: await nameTerms(ctx, tx, input, terms, payee.id),
    inheritable: input.inheritable ?? true,
    validFrom: input.validFrom,
    validTo: input.validTo ?? null,
  }
  const { id, endedRuleId } = await asSeller(ctx, tx, async () => {
    await queries.lockCommissions(tx, actor.organizationId)
    if (input.retroactive) await assertRetroactive(tx, rule, payee)
    const ended = await queries.endPredecessor(tx, rule)
    return { id: await queries.insertRule(tx, rule), endedRuleId: ended?.id ?? null }
  })
  await note(ctx, tx, 'commission_rule.created', id, { payeeId: payee.id })
  if (endedRuleId) await note(ctx, tx, 'commission_rule.ended', endedRuleId, { validTo: rule.validFrom })
  const row = await readRule(ctx, tx, id)
  const made = { ...toRule(row, actor.organizationId), endedRuleId, together: await addUp(ctx, tx, row, payee) }
  return { value: made, version: row.version }
}

/** What waits for payment is earned in the months of its payments: no month of it can be computed again. */
async function assertRetroactive(tx: Tx, rule: queries.NewRow, payee: queries.PayeeRow): Promise<void> {
  const rules = await queries.listRulesOf(tx, rule.payer.id, [payee.id, payee.distributorId])
  const from = monthStartOf(rule.validFrom)
  const replaced = rules.filter(
    (one) =>
      one.currency === rule.currency && overlap({ from: one.validFrom, to: one.validTo }, { from, to: rule.validTo }),
  )
  if ([rule, ...replaced].some(({ terms }) => terms.trigger === 'paid')) throw retroactivePaid()
}

/** Who earns on the lines below the payee: its distributor or its agent partners, where they are agents of this payer. */
async function addUp(ctx: Ctx, tx: Tx, made: RuleRow, payee: queries.PayeeRow): Promise<RuleMade['together']> {
  const isDistributor = payee.level === 'distributor'
  const distributorId = isDistributor || payee.distributorModel === 'agent' ? payee.distributorId : null
  const partnerIds = isDistributor
    ? (await queries.listAgentPartners(tx, ctx.actor, payee.id)).map(({ id }) => id)
    : [payee.id]
  const lines = [
    ...(isDistributor ? [{ distributorId, partnerId: null }] : []),
    ...partnerIds.map((partnerId) => ({ distributorId, partnerId })),
  ]
  const agents = distributorId === null ? partnerIds : [distributorId, ...partnerIds]
  const rules = await queries.listRulesOf(tx, made.payerId, agents)
  const tiered = rules.filter((rule) => rule.currency === made.currency).map(toTiered)
  const { percent, agents: shares } = worstTogether({ from: made.validFrom, to: made.validTo }, tiered, lines)
  return { percent, agents: [...shares] }
}

const toTiered = ({ id, payeeId, inheritable, validFrom, validTo, terms }: RuleRow): TieredRule => ({
  ruleVersionId: id,
  payeeId,
  inheritable,
  valid: { from: validFrom, to: validTo },
  tiers: terms.tiers,
})

/**
 * Lets a rule of the acting seller end earlier: not in the past, and not before a day that it was earned by.
 * @throws notASeller, notFound, ruleEndsBefore, ruleUsed, DomainError 422 at /validTo.
 */
export function endRule(ctx: Ctx, id: string, { validTo }: RuleEnd): Promise<Versioned<Rule>> {
  checkedInput(() => day(validTo, '/validTo'))
  return refusing('/validTo', () =>
    inTxOnce(ctx, async (tx) => {
      await assertSeller(tx, ctx.actor)
      await asSeller(ctx, tx, async () => void (await queries.lockCommissions(tx, ctx.actor.organizationId)))
      const rule = await readRule(ctx, tx, id)
      if (validTo === rule.validTo) return toVersioned(ctx, rule)
      if (rule.validTo !== null && validTo > rule.validTo) throw ruleEndsBefore()
      if (validTo <= rule.validFrom) throw emptyRange()
      if (validTo < (await readToday(tx))) throw invalidField('/validTo', 'range.past', 'must not be in the past')
      await asSeller(ctx, tx, async () => void (await queries.updateEnd(tx, ctx.actor.organizationId, id, validTo)))
      await note(ctx, tx, 'commission_rule.ended', id, { validTo })
      return toVersioned(ctx, await readRule(ctx, tx, id))
    }),
  )
}

const note = (ctx: Ctx, tx: Tx, action: string, id: string, details: Readonly<Record<string, string>>) =>
  recordAudit(tx, ctx.actor, { action, objectType: 'commission_rule', objectId: id, details }, ctx.requestId)

/** Rules are written by money duties only; afterwards the transaction goes on as the tier. */
async function asSeller<T>(ctx: Ctx, tx: Tx, work: () => Promise<T>): Promise<T> {
  await switchRole(tx, 'weir_seller')
  const result = await work()
  await switchRole(tx, tierRole(ctx.actor.level))
  return result
}

/** What the database refused, in words for the caller. */
async function refusing<T>(pointer: Pointer, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (isViolation(error, 'commission_rule_one_per_day')) throw ruleOverlap()
    if (isViolation(error, 'commission_rule_covers_its_use')) throw ruleUsed(pointer)
    invariant(!isViolation(error, 'commission_rule_is_fixed'), 'only the end of a rule is written')
    throw error
  }
}
