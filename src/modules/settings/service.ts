import { checkTaxId, checkTaxRate, country, needsReason, standardCode, validity } from '../../billing/tax.ts'
import { type Ctx, inTx, inTxOnce } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { invalidField, invariant, notFound, unknownReference } from '../../platform/errors.ts'
import { idPageRequest, type Page, pageOf } from '../../platform/page.ts'
import { recordAudit } from '../audit/service.ts'
import { checkedInput, checkedItems } from '../billing-errors.ts'
import { markBuyerDue, markEstimatesDue } from '../billing/estimates/due.ts'
import { assertSeller } from '../pricing/sellers.ts'
import { resolveSkus } from '../pricing/skus/service.ts'
import { exemptionOverlap, taxRateOverlap } from './errors.ts'
import type * as model from './model.ts'
import * as queries from './queries.ts'

const note = (ctx: Ctx, tx: Tx, action: string, objectType: string, objectId: string): Promise<void> =>
  recordAudit(tx, ctx.actor, { action, objectType, objectId }, ctx.requestId)

/** An organization of the branch as the tax office knows it. @throws notFound */
export const getIdentity = (ctx: Ctx, organizationId: string): Promise<model.TaxIdentity> =>
  inTx(ctx, (tx) => readIdentity(ctx, tx, organizationId))

async function readIdentity(ctx: Ctx, tx: Tx, organizationId: string): Promise<model.TaxIdentity> {
  const row = await queries.findIdentity(tx, ctx.actor, organizationId)
  if (!row) throw notFound()
  const { details, ...identity } = row
  return { ...identity, ...details }
}

/**
 * Says who an organization of the branch is for the tax office. Documents that are issued keep what they say.
 * @throws notFound for an organization outside the branch, DomainError 422 at the country or a tax id.
 */
export async function putIdentity(ctx: Ctx, organizationId: string, input: model.NewTaxIdentity) {
  checkedInput(() => country(input.country, '/country'))
  checkedItems(input.taxIds, (taxId, index) => checkTaxId(taxId, `/taxIds/${index}/value`))
  return inTx(ctx, async (tx) => {
    const written = await queries.upsertIdentity(tx, ctx.actor, organizationId, input)
    if (!written) throw notFound()
    await note(ctx, tx, 'tax_identity.changed', 'organization', organizationId)
    await markBuyerDue(tx, ctx.actor, organizationId)
    return readIdentity(ctx, tx, organizationId)
  })
}

/** @throws notFound while the seller charges no tax. */
export const getProfile = (ctx: Ctx): Promise<model.TaxProfile> => inTx(ctx, (tx) => readProfile(ctx, tx))

async function readProfile(ctx: Ctx, tx: Tx): Promise<model.TaxProfile> {
  const profile = await queries.findProfile(tx, ctx.actor.organizationId)
  if (!profile) throw notFound()
  return profile
}

/** Charges tax on every draft that is made from now on. @throws notASeller, DomainError 422 at a country */
export async function putProfile(ctx: Ctx, input: model.NewTaxProfile): Promise<model.TaxProfile> {
  const rules = input.rules ?? []
  checkedInput(() => country(input.country, '/country'))
  checkedItems(
    rules.flatMap((rule, index) => rule.countries.map((code, at) => ({ code, at: `/rules/${index}/countries/${at}` }))),
    ({ code, at }) => country(code, at),
  )
  return inTx(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const profile = { country: input.country, place: input.place ?? 'seller', rules }
    await queries.upsertProfile(tx, ctx.actor.organizationId, profile)
    await note(ctx, tx, 'tax_profile.changed', 'organization', ctx.actor.organizationId)
    await markEstimatesDue(tx, ctx.actor)
    return readProfile(ctx, tx)
  })
}

/** Adds a rate from a day on. @throws notASeller, taxRateOverlap, DomainError 422 with pointers */
export function createRate(ctx: Ctx, input: model.NewTaxRate): Promise<model.TaxRate> {
  const { code = standardCode, name = 'VAT', category = 'S' } = input
  const rate = checkedInput(() => checkTaxRate({ ...input, code, name, category }))
  return inTxOnce(ctx, async (tx) => {
    const sellerId = ctx.actor.organizationId
    await assertSeller(tx, ctx.actor)
    await queries.lockTax(tx, sellerId)
    if (await queries.hasRateOn(tx, sellerId, rate)) throw taxRateOverlap()
    const made = await queries.insertRate(tx, sellerId, rate)
    invariant(made, 'an inserted row comes back')
    await note(ctx, tx, 'tax_rate.created', 'tax_rate', made.id)
    await markEstimatesDue(tx, ctx.actor)
    return made
  })
}

/** Own rates, newest first. */
export const listRates = (ctx: Ctx, filters: model.TaxRateFilters): Promise<Page<model.TaxRate>> =>
  pageBy(ctx, 'tax-rates', filters, (tx, page) => queries.listRates(tx, ctx.actor.organizationId, filters, page))

/** Lets a rate end earlier; documents that it is on keep it. @throws notFound, DomainError 422 at /validTo */
export const endRate = (ctx: Ctx, id: string, validTo: string): Promise<model.TaxRate> =>
  inTxOnce(ctx, async (tx) => {
    const sellerId = ctx.actor.organizationId
    const rate = await queries.lockRate(tx, sellerId, id)
    if (!rate) throw notFound()
    checkedInput(() => validity(rate.validFrom, validTo))
    if (rate.validTo !== null && validTo > rate.validTo) {
      throw invalidField('/validTo', 'tax_rate.end_later', 'a rate can only end earlier')
    }
    await queries.endRate(tx, sellerId, id, validTo)
    await note(ctx, tx, 'tax_rate.ended', 'tax_rate', id)
    await markEstimatesDue(tx, ctx.actor)
    return { ...rate, validTo }
  })

/** Counts SKUs to classes. @throws notASeller, DomainError 422 at each SKU that is unknown or named twice */
export const putSkus = (ctx: Ctx, input: model.NewTaxSkus): Promise<{ data: model.TaxSku[] }> =>
  inTx(ctx, async (tx) => {
    await assertSeller(tx, ctx.actor)
    const skus = await resolveSkus(tx, input.skus, '/skus')
    const rows = skus.map(({ id, code: sku }, index) => ({
      skuId: id,
      sku,
      code: input.skus[index]?.code ?? standardCode,
    }))
    await queries.upsertSkus(tx, ctx.actor.organizationId, rows)
    await note(ctx, tx, 'tax_skus.changed', 'organization', ctx.actor.organizationId)
    await markEstimatesDue(tx, ctx.actor)
    return { data: rows }
  })

/** The SKUs that are not of the standard class. */
export const listSkus = (ctx: Ctx, filters: { limit?: number; cursor?: string }): Promise<Page<model.TaxSku>> =>
  pageBy(
    ctx,
    'tax-skus',
    filters,
    (tx, page) => queries.listSkus(tx, ctx.actor.organizationId, page),
    ({ skuId }) => skuId,
  )

/** Does not charge a buyer, with its proof. @throws exemptionOverlap, DomainError 422 with pointers */
export function createExemption(ctx: Ctx, input: model.NewTaxExemption): Promise<model.TaxExemption> {
  const { from: validFrom, to: validTo } = checkedInput(() => validity(input.validFrom, input.validTo))
  const exemption = { ...input, category: input.category ?? ('E' as const), validFrom, validTo }
  invariant(exemption.category === 'Z' || needsReason(exemption.category), 'only untaxed categories exempt')
  return inTxOnce(ctx, async (tx) => {
    const sellerId = ctx.actor.organizationId
    if (!(await queries.isBuyer(tx, ctx.actor, input.buyerId))) throw unknownReference('/buyerId')
    await queries.lockTax(tx, sellerId)
    if (await queries.hasExemptionOn(tx, sellerId, exemption)) throw exemptionOverlap()
    const made = await queries.insertExemption(tx, sellerId, exemption)
    invariant(made, 'an inserted row comes back')
    await note(ctx, tx, 'tax_exemption.created', 'tax_exemption', made.id)
    await markEstimatesDue(tx, ctx.actor, input.buyerId)
    return made
  })
}

/** Lets an exemption end earlier; documents that it is on keep it. @throws notFound, DomainError 422 at /validTo */
export const endExemption = (ctx: Ctx, id: string, validTo: string): Promise<model.TaxExemption> =>
  inTxOnce(ctx, async (tx) => {
    const sellerId = ctx.actor.organizationId
    const exemption = await queries.lockExemption(tx, sellerId, id)
    if (!exemption) throw notFound()
    checkedInput(() => validity(exemption.validFrom, validTo))
    if (exemption.validTo !== null && validTo > exemption.validTo) {
      throw invalidField('/validTo', 'tax_exemption.end_later', 'an exemption can only end earlier')
    }
    await queries.endExemption(tx, sellerId, id, validTo)
    await note(ctx, tx, 'tax_exemption.ended', 'tax_exemption', id)
    await markEstimatesDue(tx, ctx.actor, exemption.buyerId)
    return { ...exemption, validTo }
  })

/** Own exemptions of buyers, newest first. */
export const listExemptions = (ctx: Ctx, filters: model.TaxExemptionFilters): Promise<Page<model.TaxExemption>> =>
  pageBy(ctx, 'tax-exemptions', filters, (tx, page) =>
    queries.listExemptions(tx, ctx.actor.organizationId, filters, page),
  )

const idOf = (row: object): string => ('id' in row ? String(row.id) : '')

async function pageBy<T extends object>(
  ctx: Ctx,
  kind: string,
  filters: { limit?: number; cursor?: string },
  read: (tx: Tx, page: ReturnType<typeof idPageRequest>) => PromiseLike<readonly T[]>,
  positionOf: (row: T) => string = idOf,
): Promise<Page<T>> {
  const page = idPageRequest(kind, filters)
  return inTx(ctx, async (tx) => pageOf(kind, page, await read(tx, page), positionOf, (row) => row))
}
