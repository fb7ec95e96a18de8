import { lackingParts, partOfDays } from '../../../billing/commission-line.ts'
import { portionsOf } from '../../../billing/commission-portions.ts'
import { earnLine, earnToDate, type ToDate } from '../../../billing/commission.ts'
import type { Stretch } from '../../../billing/days.ts'
import { amountText, currency, type Decimal, decimal, plainText, zero } from '../../../billing/money.ts'
import { attempt, type Findings } from '../check.ts'
import type { DividedRow, EarningRow, RunningRow } from './queries-earnings.ts'

/** What the payer pays for a line itself, null where that is unknown, and when it was rated; null where nothing is bought. */
export type OwnCost = { readonly amount: string | null; readonly ratedAt: string | null }

const nameOf = ({ id }: { id: string }): string => `earning ${id}`

/** What one payee earned on one line, by the runs that computed it, again where one did, the first one first. */
const byRun = (earnings: readonly EarningRow[]): EarningRow[][] => {
  const runs = [...Map.groupBy(earnings, ({ jobId, retiered }) => `${jobId} ${retiered}`).values()]
  return runs.toSorted((a, b) => (madeAt(a) < madeAt(b) ? -1 : 1))
}

const madeAt = (run: readonly EarningRow[]): string => run.map(({ createdAt }) => createdAt).sort()[0] ?? ''

/** The days of the line: those that were earned on, and between them those that were not. */
function stretchesOf(line: EarningRow, earnings: readonly EarningRow[]): Stretch<EarningRow>[] {
  const stretches: Stretch<EarningRow>[] = []
  let from = line.lineStart
  for (const one of earnings.toSorted((a, b) => (a.serviceStart < b.serviceStart ? -1 : 1))) {
    if (one.serviceStart > from) stretches.push({ from, to: one.serviceStart, chosen: null })
    stretches.push({ from: one.serviceStart, to: one.serviceEnd, chosen: one })
    from = one.serviceEnd
  }
  if (from < line.lineEnd) stretches.push({ from, to: line.lineEnd, chosen: null })
  return stretches
}

/**
 * Computes again what one payee has on one line: each run's bases out of what the line's net and earlier runs left it,
 * split by days, of rules on the margin out of the line less the payer's own `cost`, and the amounts of rules that count each
 * line by itself. `earnings` are all of that payee and line. A cost that was rated again since is not what they were made of.
 */
export function judgeLine(earnings: readonly EarningRow[], cost: OwnCost, broken: Findings): void {
  const all: EarningRow[] = []
  for (const run of byRun(earnings)) {
    const earlier = all.filter(({ retieredAt }) => retieredAt === null || retieredAt > madeAt(run))
    const parts = attempt(() => {
      const [line] = run
      if (!line) return []
      const days = earlier.map((one) => ({ from: one.serviceStart, to: one.serviceEnd, base: decimal(one.base) }))
      return lackingParts(decimal(line.lineNet), stretchesOf(line, [...earlier, ...run]), days, currency(line.currency))
    })
    for (const earning of run) {
      if (!isWithinLine(earning)) broken.add(nameOf(earning), 'its days are not days of its line')
      else if ('refusal' in parts) broken.add(nameOf(earning), `its base can not be computed: ${parts.refusal}`)
      else if (earning.terms.basis === 'margin') judgeMargin(earning, cost, broken)
      else judgeBase(earning, parts.value.find(({ chosen }) => chosen === earning)?.base, broken)
      if (earning.position === null) judgeAmount(earning, broken)
    }
    all.push(...run)
  }
}

const isWithinLine = ({ serviceStart, serviceEnd, lineStart, lineEnd }: EarningRow): boolean =>
  lineStart <= serviceStart && serviceEnd <= lineEnd

function judgeMargin(earning: EarningRow, { amount, ratedAt }: OwnCost, broken: Findings): void {
  if (ratedAt === null || ratedAt <= earning.askedAt) judgeBase(earning, marginOf(earning, amount), broken)
}

/** What the days of the earning have of the margin; undefined where the payer's own cost is not known. */
const marginOf = (earning: EarningRow, cost: string | null): Decimal | undefined =>
  cost === null
    ? undefined
    : partOfDays(
        decimal(earning.lineNet).minus(decimal(cost)),
        { serviceStart: earning.lineStart, serviceEnd: earning.lineEnd },
        { from: earning.serviceStart, to: earning.serviceEnd },
        currency(earning.currency),
      )

function judgeBase(earning: EarningRow, base: ReturnType<typeof decimal> | undefined, broken: Findings): void {
  if (base?.equals(decimal(earning.base))) return
  const missing =
    earning.terms.basis === 'margin' ? "its payer's cost is not known" : 'its days are not days of its line'
  const says = base ? `its base is ${earning.base}, its line gives ${plainText(base)}` : missing
  broken.add(nameOf(earning), says)
}

function judgeAmount(earning: EarningRow, broken: Findings): void {
  const { base, amount, baseToDate, amountToDate, terms } = earning
  const computed = attempt(() => plainText(earnLine(terms, decimal(base), currency(earning.currency)).amount))
  if ('refusal' in computed) broken.add(nameOf(earning), `can not be computed: ${computed.refusal}`)
  else if (computed.value !== amount) broken.add(nameOf(earning), `is ${amount}, its rule gives ${computed.value}`)
  if (baseToDate !== base || amountToDate !== amount) broken.add(nameOf(earning), 'its figures to date are not its own')
}

const nothingYet: ToDate = { base: zero, earned: zero }

/** Follows the earnings of rules that count the period to date, each from what the one before left. */
export function openRunning(broken: Findings) {
  let last: RunningRow | undefined
  let toDate = nothingYet
  const next = (row: RunningRow): void => {
    const isSame = last?.ruleId === row.ruleId && last.payeeId === row.payeeId && last.period === row.period
    const expected = isSame && last ? last.position + 1 : 1
    if (row.position !== expected) broken.add(nameOf(row), `has position ${row.position}, ${expected} is next`)
    const before = isSame ? toDate : nothingYet
    const computed = attempt(() =>
      earnToDate(row.terms, before, decimal(row.base), currency(row.currency), decimal(row.lineBefore)),
    )
    if ('refusal' in computed) broken.add(nameOf(row), `can not be computed: ${computed.refusal}`)
    else judgeRunning(row, computed.value, broken)
    // From what it says, so that one wrong earning is not blamed on all that follow.
    const uncapped = row.uncappedToDate === null ? undefined : decimal(row.uncappedToDate)
    toDate = { base: decimal(row.baseToDate), earned: decimal(row.amountToDate), uncapped }
    last = row
  }
  return { next }
}

function judgeRunning(row: RunningRow, computed: ReturnType<typeof earnToDate>, broken: Findings): void {
  const figures = (amount: string, base: string, earned: string, uncapped: string | null): string =>
    `${amount}, to date ${earned} on ${base}${uncapped === null ? '' : ` (${uncapped} before cap and floor)`}`
  const says = figures(row.amount, row.baseToDate, row.amountToDate, row.uncappedToDate)
  const { amount, toDate } = computed
  const uncapped = toDate.uncapped ? plainText(toDate.uncapped) : null
  const wanted = figures(plainText(amount), plainText(toDate.base), plainText(toDate.earned), uncapped)
  if (says !== wanted) broken.add(nameOf(row), `is ${says}; its rule gives ${wanted}`)
}

/** The parts of an earning that is split or partly held are those of its rule, and add up to it. */
export function judgeDivided(row: DividedRow, broken: Findings): void {
  const code = currency(row.currency)
  const computed = attempt(() =>
    portionsOf(row.terms, row.payeeId, decimal(row.whole), code).map(
      ({ payeeId, isHeld, amount }) => `${payeeId} ${isHeld} ${amountText(amount, code)}`,
    ),
  )
  if ('refusal' in computed) {
    broken.add(nameOf(row), `can not be divided: ${computed.refusal}`)
    return
  }
  const parts = row.parts.map((part) => part.replace(/ t /, ' true ').replace(/ f /, ' false ')).toSorted()
  if (parts.join() !== computed.value.toSorted().join()) {
    broken.add(nameOf(row), `is divided as ${parts.join(', ')} instead of ${computed.value.join(', ')}`)
  }
}
