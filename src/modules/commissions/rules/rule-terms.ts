import type { CommissionTerms, SplitPart } from '../../../billing/commission.ts'
import type { Ctx } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { type Fault, invalidFields, unknownReference } from '../../../platform/errors.ts'
import type { NewRule, Trigger } from './model.ts'
import * as queries from './queries.ts'
import type { Eligible, RuleTerms, Sharer } from './terms.ts'

/**
 * An agent that sells for nobody but the actor: no reseller stands between.
 * @throws unknownReference at `pointer`, for a foreign one and an absent one alike.
 */
export async function findPayee(ctx: Ctx, tx: Tx, payeeId: string, pointer: string): Promise<queries.PayeeRow> {
  const agent = await queries.findAgent(tx, ctx.actor, payeeId)
  const seller = agent?.distributorModel === 'reseller' ? agent.distributorId : ctx.actor.platformId
  if (!agent || seller !== ctx.actor.organizationId) throw unknownReference(pointer)
  return agent
}

/**
 * The checked terms with what they name: SKUs, plans, and the agents that share.
 * @throws DomainError 422 with the pointer of each name that is none.
 */
export async function nameTerms(
  ctx: Ctx,
  tx: Tx,
  input: NewRule,
  { split, ...terms }: CommissionTerms,
  payeeId: string,
): Promise<RuleTerms> {
  const eligible: Eligible = {
    ...(input.skus ? { skuIds: await skuIdsOf(tx, input.skus) } : {}),
    ...(input.planIds ? { planIds: await knownPlans(tx, input.planIds) } : {}),
  }
  return {
    ...terms,
    ...(split ? { split: await sharersOf(ctx, tx, split, payeeId) } : {}),
    ...(input.skus || input.planIds ? { eligible } : {}),
    ...(triggerOf(input) === 'paid' ? { trigger: 'paid' as const } : {}),
    ...(input.retroactive ? { retroactive: true as const } : {}),
  }
}

/** What is collected can only be earned on once it was: that basis waits for payment unless it says so itself. */
const triggerOf = ({ basis, trigger }: Pick<NewRule, 'basis' | 'trigger'>): Trigger =>
  trigger ?? (basis === 'collected' ? 'paid' : 'issued')

/** Names that nothing answers to, each at its place. */
const unknownAt = (names: readonly string[], known: ReadonlySet<string>, at: string): Fault[] =>
  names.flatMap((name, index) =>
    known.has(name)
      ? []
      : [
          {
            pointer: `${at}/${index}`,
            code: 'reference.unknown',
            message: 'names something that does not exist',
          },
        ],
  )

async function skuIdsOf(tx: Tx, codes: readonly string[]): Promise<string[]> {
  const rows = await queries.listSkus(tx, codes)
  const faults = unknownAt(codes, new Set(rows.map(({ code }) => code)), '/skus')
  if (faults.length > 0) throw invalidFields(faults)
  return rows.map(({ id }) => id).toSorted()
}

async function knownPlans(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await queries.listPlans(tx, ids)
  const faults = unknownAt(ids, new Set(rows.map(({ id }) => id)), '/planIds')
  if (faults.length > 0) throw invalidFields(faults)
  return ids.toSorted()
}

async function sharersOf(ctx: Ctx, tx: Tx, split: readonly SplitPart[], payeeId: string): Promise<Sharer[]> {
  const sharers: Sharer[] = []
  for (const [index, part] of split.entries()) {
    const pointer = `/split/${index}/payeeId`
    if (part.payeeId === payeeId) throw unknownReference(pointer)
    const { level } = await findPayee(ctx, tx, part.payeeId, pointer)
    sharers.push({ ...part, level })
  }
  return sharers
}
