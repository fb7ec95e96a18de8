import { applyDiscounts, type DiscountableLine } from '../../../billing/discount.ts'
import { giveUp, type ServiceBack } from '../../../billing/given-back.ts'
import { currency } from '../../../billing/money.ts'
import { nilId } from '../../../platform/ids.ts'
import { readServicesBack } from '../../invoices/drafts/standings.ts'
import { attempt, type Check, openFindings } from '../check.ts'
import * as queries from './queries-discounts.ts'
import { readResources, type UsedBy } from './resources.ts'

const documentsPerPage = 500

/** I3: what was taken off a document comes out of its lines and the discounts it used, and no limit was overdrawn. */
export const checkDiscounts: Check = {
  law: 'I3',
  name: 'discounts come out of lines and limits',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const total = await queries.countDocuments(tx)
    broken.addAll(await queries.listOverdrawn(tx))
    broken.addAll(await queries.listWrongUses(tx))
    broken.addAll(await queries.listWrongGivenUp(tx))
    let read = 0
    for (let after: string | undefined = nilId; after !== undefined;) {
      const page: readonly queries.DiscountedDocument[] = await queries.listDiscounted(tx, after, documentsPerPage)
      const ids = page.map(({ id }) => id)
      const lines = Map.groupBy(await queries.listLines(tx, ids), ({ invoiceId }) => invoiceId)
      const uses = Map.groupBy(await queries.listUses(tx, ids), ({ invoiceId }) => invoiceId)
      const issued = page.filter(({ state }) => state === 'issued')
      const resources = await readResources(
        tx,
        issued.map(({ id }) => id),
      )
      const services = await readServicesBack(tx, ids)
      for (const document of page) {
        const { id } = document
        const of = { lines: lines.get(id) ?? [], uses: uses.get(id) ?? [], resources, back: services.get(id) ?? [] }
        const says = judge(document, of)
        if (says) broken.add(`invoice ${document.id}`, says)
      }
      read += page.length
      progress(read, total, 'documents')
      after = page.length < documentsPerPage ? undefined : page.at(-1)?.id
    }
    return { looked: [[total, 'documents']], broken: broken.found(), pending: openFindings().found() }
  },
}

/** A document's lines and the discounts it used, with what resources used of the lines of issued ones. */
type Discounted = {
  readonly lines: readonly queries.LineRow[]
  readonly uses: readonly queries.UseRow[]
  readonly resources: UsedBy
  readonly back: readonly ServiceBack[]
}

/** What resources used of a line: what its records say, of a draft what it says itself, as more may have come since. */
function usedOf(document: queries.DiscountedDocument, line: number, { lines, resources }: Discounted) {
  if (document.state === 'issued') return resources.get(`${document.id} ${line}`)
  return new Map(lines.flatMap(({ amends, share }) => (amends === line && share ? [[share.resource, share.used]] : [])))
}

/** What is wrong with the reductions of a document, or undefined. */
function judge(document: queries.DiscountedDocument, discounted: Discounted): string | undefined {
  const { lines, uses } = discounted
  const charged = lines
    .filter(({ kind }) => kind !== 'discount')
    .map((line): DiscountableLine => {
      const used = usedOf(document, line.line, discounted)
      return used ? { ...line, used } : line
    })
  const money = currency(document.currency)
  const computed = attempt(() => [...applyDiscounts(charged, uses, money), ...giveUp(charged, discounted.back, money)])
  if ('refusal' in computed) return `its discounts can not be computed: ${computed.refusal}`
  const textOf = (one: { discountId: string | null; line: number | null; amount: string }): string =>
    `${one.amount} off line ${one.line} by ${one.discountId}`
  const printed = lines
    .filter(({ kind }) => kind === 'discount')
    .map((one) => ({ ...one, line: one.amends, amount: one.off }))
  const [says, gives] = [printed, computed.value].map((some) => some.map(textOf).toSorted().join(', '))
  return says === gives ? undefined : `takes ${says || 'nothing'}; its lines and discounts give ${gives || 'nothing'}`
}
