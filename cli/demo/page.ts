import { decimal, sum } from '../../src/billing/money.ts'
import type { Books } from './books.ts'
import { distributors, emailOf, partners, password, serviceEmail, tenants } from './channel.ts'
import type { Posted } from './month.ts'

/** All that the page tells. */
export type Outcome = {
  readonly url: string
  readonly period: string
  readonly transport: string
  readonly posted: readonly Posted[]
  readonly documents: { readonly invoices: number; readonly lines: number }
  readonly books: Books
  readonly webhooks: { readonly counts: Readonly<Record<string, number>>; readonly refused: number }
  readonly steps: readonly { readonly name: string; readonly seconds: number }[]
}

const names = new Map<string, string>([
  ['platform', 'Platform'],
  ...[...distributors, ...partners].map((one) => [one.key, one.name] as const),
])
const nameOf = (key: string): string => names.get(key) ?? key

/** Thousands apart, minor units kept: 12,345.60. */
const money = (amount: string | null): string =>
  amount === null ? 'unknown' : amount.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',')

const cells = (left: string, ...right: string[]): string =>
  `  ${left.padEnd(30)}${right.map((cell) => cell.padStart(16)).join('')}`

const section = (title: string, lines: readonly string[]): string => [title, ...lines].join('\n')

function tierTable({ tiers }: Books): string {
  const rows = tiers.map(({ key, level, currency, bought, sold, margin }) =>
    cells(`${nameOf(key)} (${level})`, money(sold), money(bought), `${money(margin)} ${currency}`),
  )
  return section('Billed, by each tier itself', [cells('', 'sold', 'bought', 'margin'), ...rows])
}

function waterfallOf(books: Books, currency: string): string[] {
  const margins = books.tiers.filter((tier) => tier.currency === currency)
  const paid = books.tenantTotals[currency] ?? '0.00'
  const cost = books.platformCosts[currency] ?? null
  const known = margins.flatMap((tier) => (tier.margin === null ? [] : [tier.margin]))
  if (cost === null || known.length < margins.length) return [`  ${currency}: unknown, the platform has no cost here`]
  const left = decimal(paid).minus(decimal(cost)).toFixed(2)
  const right = sum(known.map((margin) => decimal(margin))).toFixed(2)
  const parts = margins.map((tier) => `${nameOf(tier.key)} ${money(tier.margin)}`).join(' + ')
  return [
    `  ${currency}: tenants ${money(paid)} - platform cost ${money(cost)} = ${money(left)}`,
    `       sum of margins: ${parts} = ${money(right)}   ${left === right ? 'equal, to the cent' : 'NOT EQUAL'}`,
  ]
}

function commissionTable({ commissions }: Books): string {
  const rows = commissions.map(
    ({ payee, payer, currency, earned }) =>
      `${cells(nameOf(payee), `${money(earned)} ${currency}`)}   from ${nameOf(payer)}`,
  )
  return section('Commissions, beside the margins, by each agent itself', rows)
}

function speed({ posted, steps, documents, transport }: Outcome): string {
  const sent = posted.reduce((total, one) => total + one.sent, 0)
  const seconds = posted.reduce((total, one) => total + one.seconds, 0)
  const slowest = steps.reduce((a, b) => (b.seconds > a.seconds ? b : a))
  return section('Speed', [
    `  ${sent.toLocaleString('en')} records in ${seconds.toFixed(1)} s, from the first request until countable: ${Math.round(sent / seconds).toLocaleString('en')} records/s`,
    `  ${documents.invoices} invoices with ${documents.lines.toLocaleString('en')} lines; queue on ${transport}`,
    `  slowest step: ${slowest.name}, ${slowest.seconds.toFixed(1)} s of ${steps.reduce((total, one) => total + one.seconds, 0).toFixed(1)} s`,
  ])
}

function webhookLines({ counts, refused }: Outcome['webhooks']): string {
  const rows = Object.entries(counts)
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([type, count]) => `  ${String(count).padStart(4)}  ${type}`)
  return section(`Webhooks received and verified (${refused} refused)`, rows)
}

function signIns(): string {
  const tenant = tenants[0]?.key ?? ''
  const rows: [string, string][] = [
    ['platform administrator', emailOf('platform')],
    ['platform service', serviceEmail],
    ['distributor, agent', emailOf('nordlicht')],
    ['distributor, reseller', emailOf('blueridge')],
    ['partner, agent', emailOf('fjord')],
    ['partner, reseller', emailOf('hafen')],
    ['tenant', emailOf(tenant)],
  ]
  return section(
    `Sign-ins (password: ${password})`,
    rows.map(([role, email]) => `  ${role.padEnd(24)} ${email}`),
  )
}

function commands({ url, period }: Outcome): string {
  const login = (key: string) =>
    `TOKEN=$(curl -s ${url}/api/v1/auth/login -H 'content-type: application/json' -d '{"email":"${emailOf(key)}","password":"${password}"}' | sed 's/.*"accessToken":"\\([^"]*\\)".*/\\1/')`
  const get = (path: string) => `curl -s -H "authorization: Bearer $TOKEN" '${url}/api/v1${path}'`
  return section('Three commands to paste', [
    `  ${login('hafen')}; ${get(`/billing/summary?period=${period}&side=sell&groupBy=tenant`)}`,
    `  ${login(tenants[0]?.key ?? '')}; ${get('/invoices')}`,
    `  ${login('fjord')}; ${get(`/commissions/summary?period=${period}`)}`,
  ])
}

/** The page at the end of the demo; who stays is also told where to look next. */
export function pageOf(outcome: Outcome, staysUp: boolean): string {
  const { books, period, url, webhooks } = outcome
  const waterfalls = Object.keys(books.tenantTotals).flatMap((currency) => waterfallOf(books, currency))
  return [
    `\nWeir billed ${period}: from ${outcome.posted.length} regions' usage to commissions, through the API at ${url}`,
    tierTable(books),
    section('Waterfall: what the tenants paid less what the platform paid is what the tiers kept', waterfalls),
    commissionTable(books),
    webhookLines(webhooks),
    speed(outcome),
    ...(staysUp ? [signIns(), commands(outcome), `Docs of the API: ${url}/swagger`] : []),
  ].join('\n\n')
}

/** True when the equation holds in every currency. */
export const isBalanced = (books: Books): boolean =>
  Object.keys(books.tenantTotals).every((currency) =>
    waterfallOf(books, currency).some((line) => line.includes('equal, to the cent')),
  )
