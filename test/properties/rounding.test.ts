import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { amountText, currency, Decimal, roundToMinor } from '../../src/billing/money.ts'
import { lookInto, testDatabase } from '../support/database.ts'
import { fuzzRuns } from '../support/fuzz.ts'

const sql = lookInto(await testDatabase())
const codes = ['EUR', 'JPY', 'KWD', 'CLF'] as const
const digitsOf = { EUR: 2, JPY: 0, KWD: 3, CLF: 4 } as const
/** So many amounts are rounded by one statement. */
const perStatement = 1_000

/** Amounts as rating makes them, and such that lie exactly on a half, or next to it. */
const amount = fc.oneof(
  fc
    .tuple(fc.bigInt(-(10n ** 26n), 10n ** 26n), fc.integer({ min: 0, max: 24 }))
    .map(([units, scale]) => new Decimal(`${units}e-${scale}`)),
  fc
    .tuple(
      fc.bigInt(-(10n ** 9n), 10n ** 9n),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom('', '0000000001', '4999999999'),
    )
    .map(
      ([units, scale, tail]) =>
        new Decimal(`${new Decimal(`${units}e-${scale - 1}`).toFixed(scale - 1)}${scale === 1 ? '.' : ''}5${tail}`),
    ),
)

test('TypeScript and SQL round every amount to the same minor unit, half away from zero', async () => {
  const { numRuns } = fuzzRuns(20_000)
  const batches = Math.ceil(numRuns / perStatement)
  const batch = fc.array(fc.tuple(amount, fc.constantFrom(...codes)), {
    minLength: perStatement,
    maxLength: perStatement,
  })
  for (const amounts of fc.sample(batch, batches)) {
    const rows = await sql<{ rounded: string }[]>`
      select round(amount, digits)::text as rounded
      from unnest(${amounts.map(([one]) => one.toFixed())}::numeric[], ${amounts.map(([, code]) => digitsOf[code])}::int[])
        with ordinality as given (amount, digits, position) order by position`
    const ours = amounts.map(([one, code]) => amountText(roundToMinor(one, currency(code)), currency(code)))
    expect(rows.map(({ rounded }) => rounded.replace(/^-(0(\.0*)?)$/, '$1'))).toEqual(
      ours.map((text) => text.replace(/^-(0(\.0*)?)$/, '$1')),
    )
  }
}, 600_000)
