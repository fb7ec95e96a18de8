import { amountOf, creditAmountOf } from '../../../billing/charge-amounts.ts'
import { exchange } from '../../../billing/fx.ts'
import { currency, decimal, plainText } from '../../../billing/money.ts'
import { rate } from '../../../billing/rate.ts'
import { attempt, type Check, type Findings, openFindings } from '../check.ts'
import * as queries from './queries-charges.ts'

const bucketsPerPage = 5_000

/** I3: charges cost what their price and span say, credits give back of what was charged, and every billed second is on a line. */
export const checkCharges: Check = {
  law: 'I3',
  name: 'charges are replayed from price and span, their seconds billed once',
  run: async ({ tx, progress }) => {
    const broken = openFindings()
    const total = await queries.countCharges(tx)
    let read = 0
    for (let after = queries.firstPlace; ;) {
      const page = await queries.listCharges(tx, after, bucketsPerPage)
      for (const bucket of page) judge(bucket, broken)
      read += page.length
      progress(read, total, 'charges')
      const last = page.at(-1)
      if (page.length < bucketsPerPage || !last) break
      after = last
    }
    broken.addAll(await queries.listForeignTerms(tx))
    broken.addAll(await queries.listWrongServices(tx))
    return { looked: [[total, 'charges']], broken: broken.found(), pending: openFindings().found() }
  },
}

function judge(bucket: queries.ChargeRow, broken: Findings): void {
  const name = `${bucket.kind} of subscription ${bucket.subscriptionId}, SKU ${bucket.skuId} from ${bucket.serviceStart} on edge ${bucket.edgeId} posted to ${bucket.period}`
  const replayed = attempt(() => {
    const code = currency(bucket.currency)
    if (bucket.kind === 'credit')
      return { full: bucket.details.fullAmount, unrounded: creditAmountOf(bucket.details, code) }
    const priced = rate(bucket.rate, decimal(bucket.quantity)).amount
    const full = bucket.fxRate === null ? priced : exchange(priced, { rate: bucket.fxRate })
    return { full: plainText(full), unrounded: amountOf({ ...bucket.details, fullAmount: plainText(full) }) }
  })
  if ('refusal' in replayed) return broken.add(name, `can not be charged again: ${replayed.refusal}`)
  const { full, unrounded } = replayed.value
  if (full !== bucket.details.fullAmount)
    broken.add(name, `says ${bucket.details.fullAmount} for all of it, its price gives ${full}`)
  else if (plainText(unrounded) !== bucket.unrounded) {
    broken.add(name, `holds ${bucket.unrounded}; its price and span give ${plainText(unrounded)}`)
  }
}
