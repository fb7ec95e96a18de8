import { describe, expect, test } from 'bun:test'
import { allocateDigits } from '../../src/billing/allocate.ts'
import { checkRate } from '../../src/billing/check-rate.ts'
import { decimal, Decimal, plainText, sum, zero } from '../../src/billing/money.ts'
import { minimumDue } from '../../src/billing/period-terms.ts'
import { rateLate } from '../../src/billing/rate-period.ts'
import { bandOf, rate, type Rate } from '../../src/billing/rate.ts'
import { heldThroughMonth, levelsByDay, weightedUntil } from '../../src/billing/weighted.ts'
import { peerCases, type PeerCase } from '../support/cases.ts'

type Row = Readonly<Record<string, string>>
const param = (params: Readonly<Record<string, unknown>>, name: string): string => String(params[name])

const rateOf = (kind: string, tiers: readonly Row[], params: Readonly<Record<string, unknown>>): Rate => {
  if (kind === 'standard') return checkRate({ kind: 'per_unit', unitPrice: tiers[0]!.unit_amount! })
  if (kind === 'package') {
    const [size, price, freeUnits] = ['package_size', 'package_amount', 'free_units'].map((name) => param(params, name))
    return checkRate({
      kind,
      size: size!,
      price: price!,
      freeUnits,
      rounding: params.rounding === 'down' ? 'down' : 'up',
    })
  }
  if (kind !== 'graduated' && kind !== 'volume') throw new Error(`no rate of kind ${kind}`)
  return checkRate({
    kind,
    feeAtZero: params.zero_usage_bills_first_flat === 'yes',
    tiers: tiers.map((tier) => ({
      upTo: tier.up_to === 'inf' ? null : tier.up_to!,
      unitPrice: tier.unit_amount!,
      flatFee: tier.flat_amount,
    })),
  })
}

const priced = ({ model, tiers, params, units }: PeerCase): Decimal =>
  rate(rateOf(model, tiers, params), decimal(units)).amount

/** Kill Bill's tiers are as wide as their blocks, and a started block counts: tiers sold in packages. */
const blocks = (kind: 'graduated' | 'volume', rows: readonly Row[], units: Decimal): Decimal => {
  let upTo = zero
  const tiers = rows.map((row, index) => {
    upTo = index === rows.length - 1 ? upTo : upTo.plus(decimal(row.block_size!).times(row.max_blocks!))
    const isLast = index === rows.length - 1
    return { upTo: isLast ? null : plainText(upTo), unitPrice: row.block_amount!, size: row.block_size! }
  })
  return rate(checkRate({ kind, tiers }), units).amount
}

const rounded = (amount: Decimal, digits: unknown): Decimal => amount.toDecimalPlaces(Number(digits))

/** OpenMeter rounds both running totals, where our late line rounds the difference once (law 12). */
function deltaOfRounded({ tiers, params, units }: PeerCase): Decimal {
  const terms = rateOf(param(params, 'price_model'), tiers, params)
  const [before, after] = [decimal(param(params, 'previous_cumulative')), decimal(units)]
  expect(plainText(rateLate(terms, before, after).amount)).toBe(
    plainText(rate(terms, after).amount.minus(rate(terms, before).amount)),
  )
  return rounded(rate(terms, after).amount, params.currency_digits).minus(
    rounded(rate(terms, before).amount, params.currency_digits),
  )
}

function allocated({ params, expected_detail }: PeerCase): Decimal {
  const weights = (params.weights as string[]).map((weight) => decimal(weight))
  const digits = Number(params.currency_digits)
  const shares = allocateDigits(decimal(param(params, 'amount')), weights, digits)
  expect(shares.map((share) => share.toFixed(digits))).toEqual(expected_detail.shares as string[])
  return sum(shares)
}

/** Tiers of started units of so many, bounded in those units. */
function converted({ tiers, params, units }: PeerCase): Decimal {
  const size = param(params, 'divide_by')
  const inUnits = tiers.map(({ up_to, unit_amount }) => ({
    upTo: up_to === 'inf' ? null : plainText(decimal(up_to!).times(size)),
    unitPrice: unit_amount!,
    size,
  }))
  return rate(checkRate({ kind: 'graduated', tiers: inUnits }), decimal(units)).amount
}

/** The quantity is counted in started billing units. */
function inBillingUnits({ tiers, params, units }: PeerCase): Decimal {
  const size = param(params, 'billing_units')
  const sold = tiers.map(({ up_to, unit_amount }) => ({
    upTo: up_to === 'inf' ? null : up_to!,
    unitPrice: unit_amount!,
    size,
  }))
  return rate(checkRate({ kind: 'volume', tiers: sold }), decimal(units)).amount
}

type Line = { tiers: Row[]; units: string }

/** A setting of the source, undefined where it is not set; 0 sets nothing. */
const setting = (params: Readonly<Record<string, unknown>>, name: string): string | undefined =>
  [undefined, '', '0'].includes(params[name] as string | undefined) ? undefined : param(params, name)

/** The source gives running totals or a count where the single events don't matter: any events that add up so will do. */
function eventsOf({ params, units }: PeerCase): Decimal[] {
  if (params.events) return (params.events as string[]).map((event) => decimal(event))
  const totals = (params.running_totals as string[]).map((total) => decimal(total))
  const count = Number(params.events_count) - totals.length
  const told = totals.map((total, index) => total.minus(totals[index - 1] ?? zero))
  const left = decimal(units).minus(totals.at(-1) ?? zero)
  return [...told, ...Array.from({ length: count }, () => left.dividedBy(count))]
}

function percentage(peer: PeerCase): Decimal {
  const freeEvents = setting(peer.params, 'free_events')
  const terms = checkRate({
    kind: 'percentage',
    percent: param(peer.params, 'rate_percent'),
    feePerEvent: setting(peer.params, 'fixed_amount'),
    freeUnits: setting(peer.params, 'free_units_total'),
    freeEvents: freeEvents === undefined ? undefined : Number(freeEvents),
    eventMinimum: setting(peer.params, 'per_event_min'),
    eventMaximum: setting(peer.params, 'per_event_max'),
  })
  return rate(terms, decimal(peer.units), eventsOf(peer)).amount
}

const graduatedPercentage = ({ tiers, params, units }: PeerCase): Decimal =>
  rate(
    checkRate({
      kind: 'graduated_percentage',
      feeAtZero: params.zero_usage_bills_first_flat === 'yes',
      tiers: tiers.map((tier) => ({
        upTo: tier.up_to === 'inf' ? null : tier.up_to!,
        percent: tier.rate_percent!,
        flatFee: tier.flat_amount,
      })),
    }),
    decimal(units),
  ).amount

/** Polar forgives a negative meter, where ours gives back what a correction takes away: sign(q) x F(|q|). */
function meteredWithCap({ params, units }: PeerCase): Decimal {
  const terms = checkRate({
    kind: 'per_unit',
    unitPrice: param(params, 'unit_amount'),
    maximum: setting(params, 'cap'),
  })
  const { amount } = rate(terms, decimal(units))
  return rounded(params.floor_zero === 'yes' ? Decimal.max(zero, amount) : amount, params.currency_digits)
}

/** Autumn prices the whole quantity above the allowance, where an included quantity of ours stays free: tiers say it. */
function volumeAboveAllowance({ tiers, params, units }: PeerCase): Decimal {
  const allowance = decimal(param(params, 'allowance'))
  const shifted = tiers.map((tier) =>
    tier.up_to === 'inf' ? tier : { ...tier, up_to: plainText(decimal(tier.up_to!).plus(allowance)) },
  )
  const free = { up_to: plainText(allowance), unit_amount: '0', flat_amount: '0' }
  return rate(rateOf('volume', [free, ...shifted], params), decimal(units)).amount
}

/** Lago prorates the plan fee and the commitment by the same days and rounds each. */
function commitmentTrueUp({ params }: PeerCase): Decimal {
  const inForce = { days: Number(params.days_used), of: Number(params.days_in_period) }
  const due = (amount: string) => rounded(minimumDue(amount, zero, inForce), 0)
  return due(param(params, 'commitment'))
    .minus(due(param(params, 'plan_amount')))
    .minus(param(params, 'usage_fees'))
}

/** Every event at the price of the tier it falls in, for the share of the period that it counts; the fees whole. */
function graduatedProrated({ tiers, params }: PeerCase): Decimal {
  const terms = rateOf('graduated', tiers, params)
  const shares = params.prorated as string[]
  let before = zero
  const amounts = (params.events as string[]).flatMap((event, index) => {
    const start = before
    before = start.plus(event)
    return rateLate(terms, start, before).derivation.map(({ quantity, unitPrice, flatFee }) =>
      decimal(quantity).times(unitPrice).times(shares[index]!).dividedBy(event).plus(flatFee),
    )
  })
  return rounded(sum(amounts), 2)
}

/** The tier is that of the full units, its price is for the prorated ones, its fee whole. */
function volumeProrated({ tiers, params, units }: PeerCase): Decimal {
  const terms = rateOf('volume', tiers, params)
  if (terms.kind !== 'volume') throw new Error('volume')
  const { unitPrice, flatFee } = bandOf(terms.tiers, decimal(param(params, 'full_units')))
  return unitPrice.times(units).plus(flatFee)
}

/** One price for the highest tier that any unit reaches: a fee per tier for each unit, the largest of them counts. */
function capacity({ tiers, params }: PeerCase): Decimal {
  const rows = tiers as readonly unknown[] as readonly { limits: string[]; amount: string }[]
  const prices = (params.units_each as string[]).map((units, index) => {
    const own = rows.map(({ limits, amount }) => ({ up_to: limits[index]!, unit_amount: '0', flat_amount: amount }))
    return rate(rateOf('volume', own, params), decimal(units)).amount
  })
  return Decimal.max(...prices)
}

/** A price that comes with the usage is a share of its value. */
function dynamic({ params, units }: PeerCase): Decimal {
  const percent = plainText(decimal(param(params, 'multiplier')).times(100))
  const terms = checkRate({ kind: 'percentage', percent, maximum: setting(params, 'max_spend') })
  const billed = setting(params, 'already_billed')
  if (billed === undefined) return rounded(rate(terms, decimal(units)).amount, params.currency_digits)
  const before = decimal(billed).dividedBy(param(params, 'multiplier')).toDecimalPlaces(0)
  return rounded(rateLate(terms, before, before.plus(units)).amount, params.currency_digits)
}

/** Each event changes the level; what a month begins with is a change at its first instant. */
function weighted({ params }: PeerCase): Decimal {
  const start = param(params, 'period_start')
  const events = [['0', param(params, 'initial')], ...(params.events as string[][])]
  const rows = events.flatMap(([seconds = '0', quantity = '0']) => {
    const at = Temporal.Instant.from(start)
      .add({ seconds: Number(seconds) })
      .toString()
    return levelsByDay({ start: at, end: at, quantity: decimal(quantity) }).map((level) => ({
      sum: plainText(level.change),
      held: plainText(heldThroughMonth(level)),
    }))
  })
  return rounded(weightedUntil(rows, start.slice(0, 7), '2023-09-01'), '5')
}

const models: Readonly<Record<string, (peer: PeerCase) => Decimal>> = {
  graduated: priced,
  volume: priced,
  package: priced,
  standard: priced,
  percentage,
  percentage_per_event: percentage,
  graduated_percentage: graduatedPercentage,
  graduated_prorated: graduatedProrated,
  graduated_cap: ({ tiers, params, units }) =>
    rate(
      checkRate({ ...rateOf('graduated', tiers, params), maximum: (params.tier_caps as string[])[0] }),
      decimal(units),
    ).amount,
  volume_min: ({ tiers, params, units }) =>
    rate(checkRate({ ...rateOf('volume', tiers, params), minimum: param(params, 'min_spend') }), decimal(units)).amount,
  volume_allowance: volumeAboveAllowance,
  volume_prorated: volumeProrated,
  metered_cap: meteredWithCap,
  commitment_true_up: commitmentTrueUp,
  capacity,
  dynamic_multiplier: dynamic,
  dynamic_multiplier_max: dynamic,
  dynamic_sum: ({ params }) =>
    rate(checkRate({ kind: 'percentage', percent: '1' }), decimal(param(params, 'precise_total_minor'))).amount,
  round_currency: ({ params, units }) => rounded(decimal(units), params.currency_digits),
  allocate_largest_remainder: allocated,
  delta_rating: deltaOfRounded,
  per_bucket: ({ tiers, params }) =>
    sum(
      (params.buckets as string[]).map(
        (units) => rate(rateOf(param(params, 'price_model'), tiers, params), decimal(units)).amount,
      ),
    ),
  agg_weighted_sum: weighted,
  unit_conversion: converted,
  volume_billing_units: inBillingUnits,
  blocks_all_tiers: ({ tiers, units }) => blocks('graduated', tiers, decimal(units)),
  blocks_top_tier: ({ tiers, units }) => blocks('volume', tiers, decimal(units)),
  blocks_sum: ({ params }) =>
    sum((params.lines as Line[]).map(({ tiers, units }) => blocks('graduated', tiers, decimal(units)))),
}

const peers = peerCases()

describe.skipIf(!peers)('cases of other billing systems', () => {
  const covered = (peers ?? []).filter(({ model }) => model in models)

  test('every model named here has cases', () => {
    const found = new Set(covered.map(({ model }) => model))
    expect(Object.keys(models).filter((model) => !found.has(model))).toEqual([])
  })

  test.each(covered.map((peer) => [`${peer.id} (${peer.model})`, peer] as const))('%s', (_, peer) => {
    expect(plainText(models[peer.model]!(peer))).toBe(plainText(decimal(peer.expected)))
  })
})
