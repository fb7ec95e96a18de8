import { correctReductions, type Reductions } from '../../billing/correct-discounts.ts'
import type { Discount } from '../../billing/discount.ts'
import { currency, Decimal, decimal, plainText, sum, zero } from '../../billing/money.ts'
import type { Branch } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'
import { type OpenDiscount, readDiscounts } from '../discounts/for-drafts.ts'
import { readUses } from '../invoices/drafts/resource-uses.ts'
import { type EdgeLines, type Face, keyOf, type LineChange, offOf, type RightNets, rightNets } from './differences.ts'
import * as errors from './errors.ts'
import * as queries from './queries-paper.ts'

/** Whose month is corrected, and on which document of an edge. */
type Subject = {
  readonly seller: Branch
  readonly period: string
  readonly tenantId: string
  readonly document: queries.DocumentRow
}

/** A discount that was in force for a document; of one that it used, what was left of its limit then. */
type InForce = OpenDiscount & { readonly hadLeft?: string | null }

/** A line of the document, as it is right before discounts; `rows` are what is on paper of it. */
type Entry = {
  readonly line: number
  readonly key: string
  readonly face: Face
  readonly rows: readonly queries.PaperRow[]
  readonly was: Decimal
  readonly right: Decimal
  readonly quantity: string
  readonly isChanged: boolean
}

/**
 * What is right of an edge's lines with the discounts that were in force for its document, as they would have been on it from
 * the start; of a document with others' lines they may change too. The discounts it answers are all that took part. Runs as
 * weir_seller. @throws notCorrectable where the discounts can't be applied again
 */
export async function discountAgain(
  tx: Tx,
  subject: Subject,
  edge: EdgeLines,
): Promise<RightNets & { readonly discounts: readonly OpenDiscount[] }> {
  const { seller, period, document } = subject
  const discounts = await readInForce(tx, seller.organizationId, period, document)
  const plain = { paper: edge.paper, nets: rightNets(edge), changes: new Map(), discounts }
  if (discounts.length === 0) return plain
  const paper = await queries.listPaper(tx, seller.organizationId, period, { edgeId: document.edgeId })
  const entries = entriesOf(subject, paper, edge)
  if (entries.every(({ isChanged }) => !isChanged)) return plain
  assertApplicable(document, paper, entries)
  const off = correctReductions(
    await linesOf(tx, subject, entries, discounts),
    offOn(paper, entries, discounts),
    currency(document.currency),
  )
  const changes = changesOf(entries, off)
  const unknown = plain.nets.filter(({ net }) => net === null)
  const known = entries.map((entry) => ({ key: entry.key, net: entry.right.minus(totalOff(off, entry.line)) }))
  return { paper, nets: [...known, ...unknown], changes, discounts }
}

/** The discounts that were in force for a document, each with what it may take there by now. */
async function readInForce(
  tx: Tx,
  sellerId: string,
  period: string,
  document: queries.DocumentRow,
): Promise<InForce[]> {
  const open = new Map((await readDiscounts(tx, sellerId, period, [document.buyerId])).map((one) => [one.id, one]))
  return (await queries.listInForce(tx, sellerId, document)).flatMap(({ id, validFrom, validTo, available }) => {
    const one = open.get(id)
    if (!one) return []
    return [validFrom === null ? one : { ...one, validFrom, validTo, hadLeft: available }]
  })
}

/** Every line of the document, by its place on it; new ones of the tenant behind them. */
function entriesOf({ tenantId }: Subject, paper: readonly queries.PaperRow[], edge: EdgeLines): Entry[] {
  const rowsOf = Map.groupBy(paper, keyOf)
  const rightOf = new Map(rightNets(edge).map(({ key, net }) => [key, net]))
  const bucketOf = new Map(edge.right.map(({ bucket }) => [keyOf(bucket as Face), bucket]))
  const keys = [...rowsOf.keys(), ...[...rightOf.keys()].filter((key) => !rowsOf.has(key) && rightOf.get(key)).sort()]
  return keys.flatMap((key, index) => {
    const rows = rowsOf.get(key) ?? []
    const bucket = bucketOf.get(key)
    const face = rows[0] ?? (bucket as Face | undefined)
    if (!face) return []
    const was = sum(rows.map(({ net }) => decimal(net)))
    const isTenants = rows[0] === undefined || rows[0].tenantId === tenantId
    const right = rightOf.get(key) ?? (isTenants && !rightOf.has(key) ? zero : was)
    const quantity = bucket?.quantity ?? rows[0]?.quantity ?? '0'
    return [{ line: index + 1, key, face, rows, was, right, quantity, isChanged: !was.equals(right) }]
  })
}

/** What is wrong must be on one document of a run, and give nothing back itself. */
function assertApplicable(
  { isOfRun }: queries.DocumentRow,
  paper: readonly queries.PaperRow[],
  entries: readonly Entry[],
): void {
  const papers = new Set(paper.filter(({ isCorrection }) => !isCorrection).map(({ documentId }) => documentId))
  const isDiscounted = paper.some(({ off }) => off.length > 0)
  const givesBack = entries.some(
    ({ isChanged, was, rows }) => isChanged && was.isNegative() && rows.some(({ off }) => off.length > 0),
  )
  if (givesBack || (isDiscounted && (papers.size > 1 || !isOfRun))) throw errors.notCorrectable('correction.discounted')
}

async function linesOf(
  tx: Tx,
  { seller, document }: Subject,
  entries: readonly Entry[],
  discounts: readonly Discount[],
) {
  const uses = await readUses(tx, seller, [{ id: document.invoiceId }], discounts)
  return entries.map(({ line, face, rows, right, quantity, isChanged }) => {
    const used = uses.get(`${document.invoiceId} ${rows.find((row) => row.documentId === document.invoiceId)?.line}`)
    const { subscriptionId, skuId, serviceEnd } = face
    const own = { line, subscriptionId, skuId, serviceEnd, quantity, net: plainText(right), isChanged }
    return used ? { ...own, used } : own
  })
}

/** What is off the document by now, and the discounts, none with more than it had then or has by now. */
function offOn(paper: readonly queries.PaperRow[], entries: readonly Entry[], discounts: readonly InForce[]) {
  const onPaper = new Map<string, Map<number, Decimal>>()
  for (const { line, rows } of entries)
    for (const { discountId, amount } of rows.flatMap(({ off }) => off)) {
      const own = onPaper.get(discountId) ?? new Map<number, Decimal>()
      onPaper.set(discountId, own.set(line, (own.get(line) ?? zero).plus(amount)))
    }
  const off = paper.flatMap((row) => row.off)
  const bounded = discounts.map((one) => {
    const used = sum(off.filter(({ discountId }) => discountId === one.id).map(({ amount }) => decimal(amount)))
    return { ...one, available: boundOf(one, used) }
  })
  return { discounts: bounded, onPaper }
}

/** What a discount may take of the document: what it had then, and what it has by now with what is off the document. */
function boundOf({ available, hadLeft }: InForce, used: Decimal): string | null {
  if (hadLeft === null || (hadLeft === undefined && available === null)) return null
  const byNow = available === null ? null : used.plus(available)
  if (hadLeft === undefined) return byNow && plainText(byNow)
  return plainText(Decimal.min(hadLeft, byNow ?? hadLeft))
}

const totalOff = (off: Reductions, line: number): Decimal => sum([...off.values()].map((one) => one.get(line) ?? zero))

/** The lines that come to something else, before discounts or by them. */
function changesOf(entries: readonly Entry[], off: Reductions): ReadonlyMap<string, LineChange> {
  return new Map(
    entries.flatMap(({ key, line, rows, was, right, isChanged }) => {
      const before = Map.groupBy(
        rows.flatMap((row) => row.off),
        ({ discountId }) => discountId,
      )
      const ids = [...new Set([...before.keys(), ...off.keys()])]
      const offs = ids.map((id) => {
        const amounts = before.get(id)?.map(({ amount }) => decimal(amount)) ?? []
        return [id, { was: sum(amounts), right: off.get(id)?.get(line) ?? zero }] as const
      })
      const isSame = !isChanged && sum(rows.map(offOf)).equals(totalOff(off, line))
      return isSame ? [] : [[key, { net: { was, right }, off: new Map(offs) }]]
    }),
  )
}
