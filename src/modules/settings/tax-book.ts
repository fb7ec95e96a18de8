import { standardCode, type TaxBook, type TaxedBuyer } from '../../billing/tax.ts'
import type { Tx } from '../../platform/db.ts'
import * as queries from './queries-tax-book.ts'

/** A seller's tax at one moment: rules, rates, classes of SKUs and what is known of some buyers. */
export type SellersTax = {
  readonly book: TaxBook
  readonly codeOf: (skuId: string) => string
  readonly buyer: (buyerId: string) => TaxedBuyer
}

/** Undefined while the seller charges no tax. Runs as weir_seller. */
export async function readTax(tx: Tx, sellerId: string, buyerIds: readonly string[]): Promise<SellersTax | undefined> {
  const profile = await queries.findProfile(tx, sellerId)
  if (!profile) return undefined
  const rates = await queries.listRates(tx, sellerId)
  const codes = new Map((await queries.listCodes(tx, sellerId)).map(({ skuId, code }) => [skuId, code]))
  const identities = new Map((await queries.listBuyers(tx, buyerIds)).map((row) => [row.buyerId, row]))
  const exemptions = Map.groupBy(await queries.listExemptions(tx, sellerId, buyerIds), (row) => row.buyerId)
  return {
    book: { profile, rates: [...rates] },
    codeOf: (skuId) => codes.get(skuId) ?? standardCode,
    buyer: (buyerId) => {
      const identity = identities.get(buyerId)
      const { country = null, hasTaxId = false } = identity ?? {}
      return { country, hasTaxId, exemptions: exemptions.get(buyerId) ?? [] }
    },
  }
}
