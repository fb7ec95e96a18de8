import { currency, decimal, plainText, sum } from '../../../billing/money.ts'
import { documentTaxes, type LineTax, type TaxCategory } from '../../../billing/tax.ts'
import { nilId } from '../../../platform/ids.ts'
import { attempt, type Check, type Findings, openFindings } from '../check.ts'
import * as queries from './queries-taxes.ts'

const documentsPerPage = 1_000

/** I3: a document's taxes come out of its lines and the rates they name, per category and rate, each rounded once. */
export const checkTaxes: Check = {
  law: 'I3',
  name: 'taxes come out of the lines and their rates',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const total = await queries.countDocuments(tx)
    const rates = new Map((await queries.listRates(tx)).map((rate) => [rate.id, rate]))
    let read = 0
    for (let after: string | undefined = nilId; after !== undefined;) {
      const page: readonly queries.TaxedDocument[] = await queries.listTaxed(tx, after, documentsPerPage)
      const parts = Map.groupBy(
        await queries.listParts(
          tx,
          page.map(({ id }) => id),
        ),
        ({ invoiceId }) => invoiceId,
      )
      for (const document of page) judge(document, parts.get(document.id) ?? [], rates, broken)
      read += page.length
      progress(read, total, 'documents')
      after = page.length < documentsPerPage ? undefined : page.at(-1)?.id
    }
    return { looked: [[total, 'documents']], broken: broken.found(), pending: openFindings().found() }
  },
}

type Rates = ReadonlyMap<string, queries.RateRow>

/** The taxes of a line: those of its rates, or one of 0 % of its category. */
function taxesOf({ category, rateIds }: queries.TaxedPart, sellerId: string, rates: Rates): LineTax[] {
  if (category === null) return []
  const untaxed = { category: category as TaxCategory, name: '', percent: '0', reason: null }
  if (!rateIds || rateIds.length === 0) return [untaxed]
  return rateIds.map((id) => {
    const rate = rates.get(id)
    if (rate?.sellerId !== sellerId) throw new Error(`tax rate ${id} is not one of its seller`)
    return { category: rate.category, name: rate.name, percent: rate.percent, reason: null }
  })
}

const textOf = (tax: { category: string; name: string; percent: string; base: string; amount: string }): string =>
  `${tax.category} ${tax.name} ${tax.percent} % of ${plainText(decimal(tax.base))} is ${plainText(decimal(tax.amount))}`

function judge(
  document: queries.TaxedDocument,
  parts: readonly queries.TaxedPart[],
  rates: Rates,
  broken: Findings,
): void {
  const name = `invoice ${document.id}`
  const computed = attempt(() => {
    const lines = parts.map((part) => ({ net: part.net, taxes: taxesOf(part, document.sellerId, rates) }))
    return documentTaxes(lines, currency(document.currency))
  })
  if ('refusal' in computed) {
    broken.add(name, `its taxes can not be computed: ${computed.refusal}`)
    return
  }
  const [says, gives] = [document.taxes, computed.value].map((taxes) => taxes.map(textOf).toSorted().join(', '))
  if (says !== gives) broken.add(name, `says ${says || 'no taxes'}; its lines give ${gives || 'none'}`)
  const whole = sum(document.taxes.map(({ amount }) => decimal(amount)))
  if (!whole.equals(decimal(document.tax)))
    broken.add(name, `its tax is ${document.tax}, its taxes add up to ${plainText(whole)}`)
}
