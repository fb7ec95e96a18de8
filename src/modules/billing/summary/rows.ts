import { amountText, type Currency, currency, decimal, type Decimal, plainText, sum } from '../../../billing/money.ts'
import { periodsAfter } from '../../../billing/period.ts'
import { nilId } from '../../../platform/ids.ts'
import { linksOf } from './links.ts'
import type { SummaryRow } from './model.ts'
import type { SummaryFilters } from './queries-parts.ts'
import type { UsedRow } from './queries-usage.ts'
import type { SummedRow } from './queries.ts'
import type { Slot, Slots } from './question.ts'
import type { ReportingCurrency } from './reporting.ts'

/** What all rows of an answer have in common. */
export type Face = Pick<SummaryRow, 'groupBy' | 'side' | 'periodState'> & {
  readonly slots: Slots
  readonly filters: SummaryFilters
  readonly reporting?: ReportingCurrency | undefined
}

/** The asked and the compared sums of one group and currency; undefined where there is nothing. */
export type Pair = {
  readonly groupId: string
  readonly name: string | null
  readonly currency: string
  readonly asked: SummedRow | undefined
  readonly compared: SummedRow | undefined
}

/** Puts the rows of the two slots beside each other; equal groups come one behind the other. */
export function pairsOf(rows: readonly SummedRow[]): Pair[] {
  const pairs: Pair[] = []
  for (const row of rows) {
    const { groupId, name, currency } = row
    const last = pairs.at(-1)
    if (last && last.groupId === groupId && last.currency === currency) {
      pairs[pairs.length - 1] = { ...last, compared: row }
    } else {
      const isAsked = row.slot === 0
      pairs.push({ groupId, name, currency, asked: isAsked ? row : undefined, compared: isAsked ? undefined : row })
    }
  }
  return pairs
}

type Figures = Pick<SummaryRow, 'unbilled' | 'draft' | 'billed' | 'credited'>

/** A row of amounts, beside what it is compared with. */
export function toRow(face: Face, pair: Pair, converted: Pair | undefined): SummaryRow {
  const code = currency(pair.currency)
  const { asked, compared } = face.slots
  const own = figuresOf(pair.asked, asked, code)
  const head = headOf(face, pair)
  const linked = { ...head, groupId: pair.groupId, currency: code, filters: face.filters }
  return {
    ...head,
    currency: code,
    quantityBySku: pair.asked?.quantityBySku ?? {},
    ...own,
    parked: {
      lines: pair.asked?.parkedLines ?? 0,
      reasons: [...new Set(pair.asked?.parkedReasons)].sort(),
    },
    asOf: asked.asOf ?? pair.asked?.asOf ?? null,
    accrued: null,
    nextTiers: null,
    display: displayOf(face, pair, converted?.asked),
    comparison: compared ? comparisonOf(face, pair, own, compared, code) : null,
    links: asked.asOf === null ? linksOf(linked) : null,
  }
}

/** A row of quantities. */
export const toUsedRow = (face: Face, row: UsedRow): SummaryRow => ({
  ...headOf(face, row),
  quantityBySku: row.quantityBySku,
  currency: null,
  unbilled: null,
  draft: null,
  billed: null,
  credited: null,
  parked: { lines: 0, reasons: [] },
  asOf: row.asOf,
  accrued: null,
  nextTiers: null,
  display: null,
  comparison: null,
  links: null,
})

function headOf(
  { slots, reporting: _, filters: __, ...face }: Face,
  row: { readonly groupId: string; readonly name: string | null },
) {
  const isMonth = face.groupBy === 'month'
  return {
    ...face,
    groupId: row.groupId === nilId ? null : row.groupId,
    name: row.name,
    period: isMonth ? row.groupId : slots.asked.first,
    lastPeriod: isMonth ? row.groupId : slots.asked.last,
    basis: slots.asked.asOf === null ? ('present' as const) : ('issuedDocuments' as const),
  }
}

/** The row in the display currency, with what it was converted at. Nothing is worth nothing in every currency. */
function displayOf(face: Face, pair: Pair, row: SummedRow | undefined): SummaryRow['display'] {
  if (!face.reporting) return null
  const { currency: code, used } = face.reporting
  const month = face.groupBy === 'month' ? pair.groupId : undefined
  const rates = used.filter(({ from, period }) => from === pair.currency && (month === undefined || period === month))
  const unknown = { unbilled: null, draft: null, billed: null, credited: null }
  return {
    currency: code,
    ...(row?.isUnconverted ? unknown : figuresOf(row, face.slots.asked, code)),
    rates,
    isMixed: new Set(rates.map(({ rate }) => rate)).size > 1,
  }
}

/** What was estimated or drafted in the past is unknown; so is an estimate that has nothing but parked lines. */
function figuresOf(row: SummedRow | undefined, { asOf }: Slot, code: Currency): Figures {
  const isPast = asOf !== null
  const isUnknown = row !== undefined && row.unbilled === null && row.parkedLines > 0
  return {
    unbilled: isPast || isUnknown ? null : estimateOf(row, code),
    draft: isPast ? null : amounts(row?.draft, row?.draftTax, code),
    billed: amounts(row?.billed, row?.billedTax, code),
    credited: amounts(row?.credited, row?.creditedTax, code),
  }
}

type Amount = string | null | undefined

/** What the next draft comes to; without a tax its total is not known either. */
function estimateOf(row: SummedRow | undefined, code: Currency): SummaryRow['unbilled'] {
  const known = amounts(row?.unbilled, row?.unbilledTax, code)
  return row?.isTaxUnknown ? { ...known, tax: null, total: null } : known
}

function amounts(net: Amount, tax: Amount, code: Currency): NonNullable<SummaryRow['billed']> {
  const [netAmount, taxAmount] = [decimal(net ?? '0'), decimal(tax ?? '0')]
  const text = (amount: Decimal) => amountText(amount, code)
  return { net: text(netAmount), tax: text(taxAmount), total: text(netAmount.plus(taxAmount)) }
}

function comparisonOf(face: Face, pair: Pair, own: Figures, slot: Slot, code: Currency): SummaryRow['comparison'] {
  const before = figuresOf(pair.compared, slot, code)
  const ofDocuments = face.slots.asked.asOf !== null || slot.asOf !== null
  const month = face.groupBy === 'month' ? periodsAfter(pair.groupId, -slot.shift) : undefined
  return {
    period: month ?? slot.first,
    lastPeriod: month ?? slot.last,
    asOf: slot.asOf ?? pair.compared?.asOf ?? null,
    quantityBySku: pair.compared?.quantityBySku ?? {},
    ...before,
    change: changeOf(netOf(own, ofDocuments), netOf(before, ofDocuments), code),
  }
}

/** What is owed so far. Of a past state only documents are known, so both sides of its comparison are documents only. */
function netOf({ unbilled, draft, billed, credited }: Figures, ofDocuments: boolean): Decimal | null {
  const added = ofDocuments ? [billed] : [unbilled, draft, billed]
  if (credited === null || added.includes(null)) return null
  return sum(added.map((one) => decimal(one?.net ?? '0'))).minus(decimal(credited.net))
}

function changeOf(now: Decimal | null, before: Decimal | null, code: Currency) {
  if (now === null || before === null) return null
  const net = now.minus(before)
  const percent = before.isZero() ? null : plainText(net.times(100).dividedBy(before.abs()).toDecimalPlaces(2))
  return { net: amountText(net, code), percent }
}
