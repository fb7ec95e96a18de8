import { applyDiscounts, type DiscountableLine } from '../../billing/discount.ts'
import { currency } from '../../billing/money.ts'
import { nilId } from '../../platform/ids.ts'
import { attempt, type Check, openFindings } from './check.ts'
import * as queries from './queries-discounts.ts'

const documentsPerPage = 500

/** I3: what was taken off a document comes out of its lines and the discounts it used, and no limit was overdrawn. */
export const checkDiscounts: Check = {
  law: 'I3',
  name: 'discounts come out of lines and limits',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const total = await queries.countDocuments(tx)
    broken.addAll(await queries.listOverdrawn(tx))
    let read = 0
    for (let after: string | undefined = nilId; after !== undefined;) {
      const page: readonly queries.DiscountedDocument[] = await queries.listDiscounted(tx, after, documentsPerPage)
      const ids = page.map(({ id }) => id)
      const lines = Map.groupBy(await queries.listLines(tx, ids), ({ invoiceId }) => invoiceId)
      const uses = Map.groupBy(await queries.listUses(tx, ids), ({ invoiceId }) => invoiceId)
      for (const document of page) {
        const says = judge(document, lines.get(document.id) ?? [], uses.get(document.id) ?? [])
        if (says) broken.add(`invoice ${document.id}`, says)
      }
      read += page.length
      progress(read, total, 'documents')
      after = page.length < documentsPerPage ? undefined : page.at(-1)?.id
    }
    return { looked: [[total, 'documents']], broken: broken.found(), pending: openFindings().found() }
  },
}

/** What is wrong with the reductions of a document, or undefined. */
function judge(
  document: queries.DiscountedDocument,
  lines: readonly queries.LineRow[],
  uses: readonly queries.UseRow[],
): string | undefined {
  const charged: DiscountableLine[] = lines.filter(({ kind }) => kind !== 'discount')
  const computed = attempt(() => applyDiscounts(charged, uses, currency(document.currency)))
  if ('refusal' in computed) return `its discounts can not be computed: ${computed.refusal}`
  const textOf = (one: { discountId: string | null; line: number | null; amount: string }): string =>
    `${one.amount} off line ${one.line} by ${one.discountId}`
  const printed = lines
    .filter(({ kind }) => kind === 'discount')
    .map((one) => ({ ...one, line: one.amends, amount: one.off }))
  const [says, gives] = [printed, computed.value].map((some) => some.map(textOf).toSorted().join(', '))
  return says === gives ? undefined : `takes ${says || 'nothing'}; its lines and discounts give ${gives || 'nothing'}`
}
