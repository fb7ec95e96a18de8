import { fxDayOf } from '../../../billing/fx.ts'
import { currency } from '../../../billing/money.ts'
import { documentTaxes, type DocumentTax, taxesOf, type Treatment, treatmentOf } from '../../../billing/tax.ts'
import type { Tx } from '../../../platform/db.ts'
import { readTax, type SellersTax } from '../../settings/tax-book.ts'
import * as queries from './queries-taxes.ts'
import type { OpenDraft } from './queries.ts'

type Known = Exclude<Treatment, { unknown: string }>
type Decided = { readonly group: queries.LineGroup; readonly treatment: Treatment }

/**
 * Taxes some drafts whose lines are complete (law 9): says on each line its category and rates, and on the document the
 * taxes per category and rate. The tax point is the last day of the month of service, so a late line has the tax of its
 * time. Where a rate or the buyer's country is unknown, the document waits for a person. Without a profile of the seller
 * nothing happens. Answers whether there is one. Runs as weir_seller, once per draft.
 */
export async function taxDrafts(tx: Tx, sellerId: string, drafts: readonly OpenDraft[]): Promise<boolean> {
  const tax = await readTax(tx, sellerId, [...new Set(drafts.map(({ buyerId }) => buyerId))])
  if (!tax) return false
  const groups = await queries.listGroups(
    tx,
    drafts.map(({ id }) => id),
  )
  const byDraft = Map.groupBy(groups, ({ invoiceId }) => invoiceId)
  const decided = drafts.map((draft) => ({ draft, lines: decide(tax, draft, byDraft.get(draft.id) ?? []) }))
  const obstacles = decided.flatMap(({ draft, lines }) => {
    const obstacle = lines.map(({ treatment }) => treatment).find((one) => 'unknown' in one)
    return obstacle && 'unknown' in obstacle ? [{ id: draft.id, reason: obstacle.unknown }] : []
  })
  await queries.parkDrafts(tx, obstacles)
  const waits = new Set(obstacles.map(({ id }) => id))
  const clear = decided.filter(({ draft }) => !waits.has(draft.id))
  await queries.markLines(
    tx,
    clear.flatMap(({ lines }) => lines.flatMap(markOf)),
  )
  const taxes = clear.flatMap(({ draft, lines }) => taxesOfDraft(draft, lines).map((one) => ({ ...one, id: draft.id })))
  await queries.insertTaxes(tx, taxes)
  await queries.totalUp(
    tx,
    clear.map(({ draft }) => draft.id),
  )
  return true
}

const decide = (
  { book, buyer, codeOf }: SellersTax,
  draft: OpenDraft,
  groups: readonly queries.LineGroup[],
): Decided[] =>
  groups.map((group) => ({
    group,
    treatment: treatmentOf(book, buyer(draft.buyerId), codeOf(group.skuId), fxDayOf(group.servicePeriod)),
  }))

const isKnown = (treatment: Treatment): treatment is Known => !('unknown' in treatment)

const markOf = ({ group, treatment }: Decided): queries.LineMark[] =>
  isKnown(treatment) ? [{ ...group, category: treatment.category, rateIds: treatment.rates.map(({ id }) => id) }] : []

const taxesOfDraft = (draft: OpenDraft, lines: readonly Decided[]): DocumentTax[] =>
  documentTaxes(
    lines.flatMap(({ group, treatment }) =>
      isKnown(treatment) ? [{ net: group.net, taxes: taxesOf(treatment) }] : [],
    ),
    currency(draft.currency),
  )
