import { allocate } from './allocate.ts'
import { applyDiscounts, type Discount, type DiscountableLine } from './discount.ts'
import { giveUp, type ServiceBack } from './given-back.ts'
import { type Currency, decimal, type Decimal, plainText, zero } from './money.ts'
import { documentTaxes, taxesOf, taxKeyOf, type Treatment } from './tax.ts'

/** A rounded line of a draft to come; `line` counts from 1. */
export type ExpectedLine = DiscountableLine & { readonly servicePeriod: string }

/**
 * What a draft to come says beyond its rounded lines: the share of a line in its taxes, or a reduction, which is a line of its
 * own behind them. `of` is the line that it is about. A tax that nobody can say is null.
 */
export type ExpectedPart = {
  readonly line: number
  readonly of: number
  readonly isReduction: boolean
  readonly net: string
  readonly tax: string | null
}

type Row = { readonly own: ExpectedLine; readonly isReduction: boolean; readonly net: Decimal }

/**
 * Reduces and taxes a draft to come by the functions that do it to drafts (laws 8 and 9), and splits each tax over the lines
 * that it is on (law 2). Without `treatmentOf` its seller charges no tax. Parts that add nothing are left out.
 */
export function expectedParts(
  lines: readonly ExpectedLine[],
  { discounts, services }: { readonly discounts: readonly Discount[]; readonly services: readonly ServiceBack[] },
  treatmentOf: ((line: ExpectedLine) => Treatment) | undefined,
  currency: Currency,
): ExpectedPart[] {
  const byNumber = new Map(lines.map((line) => [line.line, line]))
  const taken = [...applyDiscounts(lines, discounts, currency), ...giveUp(lines, services, currency)]
  const reductions = taken.flatMap(({ line, amount }): Row[] => {
    const own = byNumber.get(line)
    return own ? [{ own, isReduction: true, net: decimal(amount).negated() }] : []
  })
  const rows = [...lines.map((own): Row => ({ own, isReduction: false, net: decimal(own.net) })), ...reductions]
  const taxes = treatmentOf ? sharesOf(rows, treatmentOf, currency) : rows.map(() => zero)
  return rows.flatMap(({ own, isReduction, net }, index) => {
    const tax = taxes?.[index] ?? null
    if (!isReduction && tax?.isZero()) return []
    const amounts = { net: isReduction ? plainText(net) : '0', tax: tax && plainText(tax) }
    return [{ line: index + 1, of: own.line, isReduction, ...amounts }]
  })
}

/** The share of each row in the taxes of the document; undefined where some row can't be taxed: then the document waits. */
function sharesOf(
  rows: readonly Row[],
  treatmentOf: (line: ExpectedLine) => Treatment,
  currency: Currency,
): Decimal[] | undefined {
  const taxed = rows.flatMap(({ own, net }) => {
    const treatment = treatmentOf(own)
    return 'unknown' in treatment ? [] : [{ net: plainText(net), taxes: taxesOf(treatment) }]
  })
  if (taxed.length < rows.length) return undefined
  const shares = rows.map(() => zero)
  for (const tax of documentTaxes(taxed, currency)) {
    const key = taxKeyOf(tax)
    const bearers = taxed.flatMap(({ net, taxes }, index) =>
      taxes.some((one) => taxKeyOf(one) === key) ? [{ index, net: decimal(net) }] : [],
    )
    const parts = allocate(
      decimal(tax.amount),
      bearers.map(({ net }) => net),
      currency,
    )
    for (const [position, { index }] of bearers.entries())
      shares[index] = (shares[index] ?? zero).plus(parts[position] ?? zero)
  }
  return shares
}
