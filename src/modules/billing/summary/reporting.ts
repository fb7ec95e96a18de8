import { fxDayOf, resolveFx } from '../../../billing/fx.ts'
import { type Currency, currency, minorDigits } from '../../../billing/money.ts'
import { nextPeriod, type Period } from '../../../billing/period.ts'
import type { Actor } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { invariant } from '../../../platform/errors.ts'
import { listFxCandidates } from '../../pricing/fx/service.ts'
import { findCurrency } from '../rating/queries.ts'
import type { Reporting } from './queries-parts.ts'
import { listCurrencies } from './queries-reporting.ts'
import type { Months } from './question.ts'
import type { ReportingRates } from './reporting-model.ts'

/** A currency that a reader wants everything in, with what it takes to convert and what to say about it. */
export type ReportingCurrency = Reporting & { readonly currency: Currency; readonly used: ReportingRates }

function eachMonth({ first, last }: Months): Period[] {
  const months: Period[] = []
  for (let month = first; month <= last; month = nextPeriod(month)) months.push(month)
  return months
}

/**
 * What the currencies of the reader's edges are worth in another one, month by month: by its own rate of the pair, else the
 * platform's, in force on the last day of the month (law 10). Neither inverted nor crossed: where there is none, nothing is
 * known.
 */
export async function openReporting(
  tx: Tx,
  actor: Actor,
  reporting: Currency,
  months: Months,
): Promise<ReportingCurrency> {
  const periods = eachMonth(months)
  const others = (await listCurrencies(tx, actor)).map((code) => currency(code)).filter((code) => code !== reporting)
  const wishes = periods.flatMap((period) =>
    others.map((from) => ({ period, sellerId: actor.organizationId, from, to: reporting, day: fxDayOf(period) })),
  )
  const candidates = await listFxCandidates(tx, wishes)
  const used = wishes.flatMap((wish) => {
    const found = resolveFx(candidates, wish)
    if (!found) return []
    const { id: fxRateId, from, to, rate, validFrom, source } = found
    return [{ period: wish.period, from, to, rate, fxRateId, validFrom, source }]
  })
  const rates = [
    ...periods.map((period) => ({ currency: reporting, period, rate: '1' })),
    ...used.map(({ from, period, rate }) => ({ currency: from, period, rate })),
  ]
  return { currency: reporting, digits: minorDigits(reporting), rates, used }
}

/** The currency of the actor's organization. */
export async function ownCurrency(tx: Tx, actor: Actor): Promise<Currency> {
  const own = await findCurrency(tx, actor.organizationId)
  invariant(own, 'an organization has a currency')
  return currency(own.currency)
}
