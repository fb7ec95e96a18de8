import { checkDerivation, type DerivationTerms } from '../../../billing/derive-rate.ts'
import type { Ctx } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invalidField, invalidFields, unknownReference } from '../../../platform/errors.ts'
import { nilId } from '../../../platform/ids.ts'
import { recordAudit } from '../../audit/service.ts'
import { checkedInput } from '../../billing-errors.ts'
import { priceOverlap } from '../errors.ts'
import { endPreceding } from './changes.ts'
import { followBase } from './derive.ts'
import { markPricesDue } from './marks.ts'
import type { NewDerivation, NewPriceList } from './model.ts'
import * as queries from './queries-derivations.ts'
import { findList, findVersionFor, isCodeTaken } from './queries.ts'
import { resolveTarget } from './targets.ts'

/** A new derived list: its frame, and what it comes out of. */
type NewDerivedList = Omit<NewPriceList, 'rates' | 'derivedFrom' | 'state'> & {
  readonly derivedFrom: NewDerivation
}

/** What of a derived list can be checked without the database. @throws DomainError 422 below /derivedFrom, /rates or /state */
export function checkDerivedList(input: NewPriceList & { readonly derivedFrom: NewDerivation }): DerivationTerms {
  const { derivedFrom: from, rates, state, kind } = input
  const terms = checkedInput(() => checkDerivation(from, '/derivedFrom'))
  if (rates !== undefined) throw invalidField('/rates', 'field.unknown', 'a derived list takes its rates from its base')
  if (state === 'draft') throw invalidField('/state', 'pricing.derived_draft', 'a derived list is active with its base')
  if ((from.basis === 'list') !== (from.priceListId !== undefined)) {
    const [code, message] =
      from.basis === 'list'
        ? (['field.required', 'this basis needs its list'] as const)
        : (['field.unknown', 'a list on what you pay names no list'] as const)
    throw invalidField('/derivedFrom/priceListId', code, message)
  }
  if (from.basis === 'buyPrice' && kind === 'cost') {
    throw invalidFields([{ pointer: '/derivedFrom/basis', code: 'derive.loop', message: 'costs are what is paid' }])
  }
  return terms
}

/**
 * Makes a list that is derived from a base and follows it from now on: one version for each version of the base. Answers the
 * version of today, else the first. Runs under the seller's price lock.
 * @throws priceOverlap, DomainError 422 for a base that is foreign, absent, of another currency, empty or the list itself.
 */
export async function insertDerivedList(ctx: Ctx, tx: Tx, input: NewDerivedList, terms: DerivationTerms) {
  const seller = ctx.actor.organizationId
  const row = {
    ...frameOf(seller, input),
    target: await resolveTarget(tx, ctx.actor, input),
    base: await findBase(ctx, tx, input),
    basis: input.derivedFrom.basis,
    method: terms.method,
    percent: 'percent' in terms ? terms.percent : null,
    amount: 'amount' in terms ? terms.amount : null,
  }
  if (closesLoop([...(await queries.listDerivations(tx, seller))], row)) {
    throw invalidField('/derivedFrom', 'derive.loop', 'the base is derived from this list itself')
  }
  await markPricesDue(tx, ctx.actor, { from: row.from, to: row.to })
  const place = { ...row, id: nilId, derivationId: null, targetId: row.target.targetId }
  const days = { ...place, validFrom: row.from, validTo: row.to }
  await endPreceding(ctx, tx, days)
  if (await isCodeTaken(tx, days)) throw priceOverlap(['/validFrom'])
  const id = await queries.insertDerivation(tx, row)
  // The base may change before this is committed and known to whoever looks for followers.
  await queries.markDerivation(tx, seller, id)
  await followBase(tx, ctx.actor, { ...row, id }, true)
  const listId = await findVersionFor(tx, seller, id)
  if (listId === undefined)
    throw invalidField('/derivedFrom', 'pricing.base_empty', 'the base asks nothing in this currency on these days')
  const entry = { action: 'price_derivation.created', objectType: 'price_derivation', objectId: id }
  await recordAudit(tx, ctx.actor, entry, ctx.requestId)
  return listId
}

const frameOf = (sellerId: string, input: NewDerivedList) => ({
  sellerId,
  kind: input.kind ?? 'sale',
  code: input.code,
  name: input.name,
  currency: input.currency,
  scope: input.scope,
  from: input.validFrom,
  to: input.validTo ?? null,
})

async function findBase(ctx: Ctx, tx: Tx, { derivedFrom, currency }: NewDerivedList): Promise<queries.Series | null> {
  if (derivedFrom.priceListId === undefined) return null
  const { organizationId: own, sellerOfRecordId } = ctx.actor
  const base = await findList(tx, ctx.actor, derivedFrom.priceListId)
  const isMine = base?.sellerId === own
  const isForMe = base?.sellerId === sellerOfRecordId && (base.buyerId === null || base.buyerId === own)
  if (!base || !(isMine || isForMe)) throw unknownReference('/derivedFrom/priceListId')
  if (base.currency !== currency) {
    throw invalidField('/currency', 'pricing.base_currency', 'must be the currency of the base')
  }
  const { sellerId, kind, code, scope, targetId } = base
  return { sellerId, kind, code, scope, targetId: targetId ?? nilId }
}

type Derivation = Pick<queries.DerivationRow, 'sellerId' | 'kind' | 'code' | 'basis' | 'base'>

/** Whether the derivation's base comes, over own lists that are derived themselves, out of the list that it makes. */
function closesLoop(own: readonly Derivation[], made: Derivation): boolean {
  const seen = new Set<Derivation>()
  const reaches = (one: Derivation): boolean => {
    if (seen.has(one)) return false
    seen.add(one)
    const isBase = ({ sellerId, kind, code }: Pick<Derivation, 'sellerId' | 'kind' | 'code'>) =>
      one.base ? one.base.sellerId === sellerId && one.base.code === code : kind === 'cost'
    return isBase(made) || own.filter(isBase).some(reaches)
  }
  return reaches(made)
}
