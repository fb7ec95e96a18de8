import { describe, expect, test } from 'bun:test'
import { allocateDigits } from '../../src/billing/allocate.ts'
import { checkRate } from '../../src/billing/check-rate.ts'
import { decimal, Decimal, plainText, sum, zero } from '../../src/billing/money.ts'
import { bandOf, packagesOf, rate, type Rate } from '../../src/billing/rate.ts'
import { rateLate } from '../../src/billing/rate-period.ts'
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

/** Kill Bill's tiers have a block size each: a tier is as wide as its blocks, and a started block counts. */
const blockTiers = (rows: readonly Row[]) => {
  let from = zero
  return rows.map((row) => {
    const width = row.max_blocks === 'inf' ? new Decimal(10).pow(24) : decimal(row.block_size!).times(row.max_blocks!)
    const tier = {
      from,
      to: from.plus(width),
      rate: checkRate({ kind: 'package', size: row.block_size!, price: row.block_amount! }),
    }
    from = tier.to
    return tier
  })
}

const allBlocks = (rows: readonly Row[], units: Decimal): Decimal =>
  sum(
    blockTiers(rows).map(
      ({ from, to, rate: terms }) => rate(terms, Decimal.max(0, Decimal.min(units, to).minus(from))).amount,
    ),
  )

const topBlocks = (rows: readonly Row[], units: Decimal): Decimal => {
  const tier = blockTiers(rows).find(({ to }) => units.lessThanOrEqualTo(to))!
  return rate(tier.rate, units).amount
}

const rounded = (amount: Decimal, digits: unknown): Decimal => amount.toDecimalPlaces(Number(digits))

/** OpenMeter rounds both running totals, where our late line rounds the difference once (design section 5 rule 12). */
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

function converted({ tiers, params, units }: PeerCase): Decimal {
  const whole = packagesOf(decimal(units), decimal(param(params, 'divide_by')), 'up')
  return rate(rateOf('graduated', tiers, params), whole).amount
}

/** The quantity is counted in started billing units, and the tier is picked by what they hold. */
function inBillingUnits({ tiers, params, units }: PeerCase): Decimal {
  const size = decimal(param(params, 'billing_units'))
  const count = packagesOf(decimal(units), size, 'up')
  const terms = rateOf('volume', tiers, params)
  if (terms.kind !== 'volume') throw new Error('volume')
  return count.times(bandOf(terms.tiers, count.times(size)).unitPrice)
}

type Line = { tiers: Row[]; units: string }

const models: Readonly<Record<string, (peer: PeerCase) => Decimal>> = {
  graduated: priced,
  volume: priced,
  package: priced,
  standard: priced,
  round_currency: ({ params, units }) => rounded(decimal(units), params.currency_digits),
  allocate_largest_remainder: allocated,
  delta_rating: deltaOfRounded,
  per_bucket: ({ tiers, params }) =>
    sum(
      (params.buckets as string[]).map(
        (units) => rate(rateOf(param(params, 'price_model'), tiers, params), decimal(units)).amount,
      ),
    ),
  unit_conversion: converted,
  volume_billing_units: inBillingUnits,
  blocks_all_tiers: ({ tiers, units }) => allBlocks(tiers, decimal(units)),
  blocks_top_tier: ({ tiers, units }) => topBlocks(tiers, decimal(units)),
  blocks_sum: ({ params }) => sum((params.lines as Line[]).map(({ tiers, units }) => allBlocks(tiers, decimal(units)))),
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
