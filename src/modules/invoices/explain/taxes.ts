import { decimal, currency, minorText } from '../../../billing/money.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { enterScope, type Tx } from '../../../platform/db.ts'
import { houseScope } from '../../../platform/scopes.ts'
import * as queries from '../drafts/queries-taxes.ts'
import { findSeen } from '../service.ts'
import type { TaxExplanations } from './model.ts'

/**
 * How the taxes of a document came to their amounts: on which lines they are, by month of service, at which rates of which
 * days, and where they were rounded. Who sees the document sees the rates it was taxed at and no others of its seller.
 * @throws notFound
 */
export const explainTaxes = (ctx: Ctx, invoiceId: string): Promise<TaxExplanations> =>
  inTx(ctx, async (tx) => {
    const invoice = await findSeen(ctx, tx, invoiceId)
    const parts = await queries.listParts(tx, ctx.actor, invoiceId)
    const rates = await readRates(tx, invoice.sellerId, [...new Set(parts.flatMap(({ rateIds }) => rateIds))])
    const money = currency(invoice.currency)
    const text = (amount: string) => minorText(amount, money)
    const data = invoice.taxes.map(({ category, name, percent, base, amount, reason }) => {
      const matching = parts.flatMap((part) => partOf(part, { category, name, percent }, rates))
      return {
        category,
        name,
        rate: percent,
        base: text(base),
        unrounded: decimal(base).times(percent).dividedBy(100).toFixed(),
        amount: text(amount),
        reason,
        parts: matching.map((part) => ({ ...part, net: text(part.net) })),
      }
    })
    return { data }
  })

type Named = { readonly category: string; readonly name: string; readonly percent: string }

type Part = TaxExplanations['data'][number]['parts'][number]

/** The lines of one month that the tax is on, with its rate; an untaxed line has none. */
function partOf(part: queries.TaxPart, tax: Named, rates: ReadonlyMap<string, queries.UsedRate>): Part[] {
  const { servicePeriod, lines, net } = part
  if (part.rateIds.length === 0) {
    return part.category === tax.category && tax.name === '' ? [{ servicePeriod, lines, net, taxRate: null }] : []
  }
  const taxRate = part.rateIds
    .map((id) => rates.get(id))
    .find((rate) => rate?.name === tax.name && rate.percent === tax.percent && rate.category === tax.category)
  if (!taxRate) return []
  const { id: taxRateId, country, code, validFrom, validTo } = taxRate
  return [{ servicePeriod, lines, net, taxRate: { taxRateId, country, code, validFrom, validTo } }]
}

async function readRates(tx: Tx, sellerId: string, ids: readonly string[]) {
  const scope = houseScope('weir_seller', sellerId)
  await enterScope(tx, scope)
  return new Map((await queries.listRates(tx, sellerId, ids)).map((rate) => [rate.id, rate]))
}
