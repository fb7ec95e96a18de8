import { createHash } from 'node:crypto'
import { type Currency, minorText } from '../../../billing/money.ts'
import type { PrintedHead, PrintedLine, PrintedParty, PrintedSettlement, PrintedTax } from './queries.ts'

const style = `
@page { size: A4; margin: 18mm 16mm }
* { box-sizing: border-box }
body { font: 10pt/1.45 "Helvetica Neue", Arial, sans-serif; color: #1b1f24; max-width: 180mm; margin: 12mm auto; padding: 0 4mm }
h1 { font-size: 20pt; font-weight: 600; margin: 0 0 2mm }
header { display: flex; justify-content: space-between; gap: 10mm; margin: 8mm 0 }
header > div { flex: 1 } header h2, .small { font-size: 8pt; color: #5b6470; font-weight: 400; margin: 0 }
address { font-style: normal; white-space: pre-line }
table { width: 100%; border-collapse: collapse; margin: 4mm 0 }
thead { display: table-header-group } tr { break-inside: avoid }
th { text-align: left; font-size: 8pt; font-weight: 600; color: #5b6470; border-bottom: 1pt solid #1b1f24; padding: 1mm 2mm }
td { padding: 1mm 2mm; border-bottom: .4pt solid #d8dde3; vertical-align: top }
.amount { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.group td { font-weight: 600; padding-top: 3mm; border-bottom-color: #9aa3ad }
.totals { width: 85mm; margin-left: auto; break-inside: avoid } .totals .sum td { font-weight: 700; border-top: 1pt solid #1b1f24 }
footer { margin-top: 8mm; color: #5b6470; font-size: 7.5pt; overflow-wrap: anywhere }
@media print { body { margin: 0; padding: 0; max-width: none } }`

/** What the page may do: show itself with its one style. No script, no picture, no other page around it. */
export const contentPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
/** Any text as text of a page: no mark of it is one of ours. */
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (mark) => entities[mark] ?? '')

const cell = (text: string, name = ''): string => `<td${name ? ` class="${name}"` : ''}>${escapeHtml(text)}</td>`
const amountCell = (text: string): string => cell(text, 'amount')

const titles = { invoice: 'Invoice', credit_note: 'Credit note' } as const

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])

/** An identity as it is printed: legal name, address, country, tax ids. */
function identityLines({ legalName, addressLines, country, taxIds }: Readonly<Record<string, unknown>>): string[] {
  const ids = Array.isArray(taxIds) ? texts(taxIds.map((one: { value?: unknown }) => one.value)) : []
  return [...texts([legalName]), ...texts(addressLines), ...texts([country]), ...ids.map((id) => `Tax id ${id}`)]
}

const party = (title: string, { name = '', identity }: PrintedParty = {}): string =>
  `<div><h2>${title}</h2><address>${escapeHtml([name, ...identityLines(identity ?? {})].join('\n'))}</address></div>`

/** The page from its beginning to where its lines start. */
export function pageStart(head: PrintedHead): string {
  const title = `${titles[head.type]} ${escapeHtml(head.number)}`
  const facts = [
    `Date ${head.issueDate}`,
    `Period ${head.period}`,
    ...(head.type === 'invoice' ? [`Due ${head.dueDate}`] : []),
    ...(head.amends === null ? [] : [`Amends ${head.amends}`, head.reason ?? '']),
  ]
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title><style>${style}</style></head><body>
<h1>${title}</h1>
<header>${party('From', head.parties.seller)}${party('To', head.parties.buyer)}<div><h2>Document</h2><address>${escapeHtml(facts.join('\n'))}</address></div></header>
<table><thead><tr><th>#</th><th>Service</th><th>Days</th><th class="amount">Quantity</th><th>Unit</th><th class="amount">Net ${escapeHtml(head.currency)}</th></tr></thead><tbody>
`
}

/** Some lines; those of one subscription stand under its name. `previous` is the subscription of the line before. */
export function lineRows(lines: readonly PrintedLine[], previous: string | undefined, money: Currency): string {
  let last = previous
  return lines
    .map((line) => {
      const group =
        line.subscriptionId === last
          ? ''
          : `<tr class="group"><td></td><td colspan="5">${escapeHtml(line.subscription)}</td></tr>\n`
      last = line.subscriptionId
      const what = line.kind === 'usage' ? line.sku : `${line.sku} (${kinds[line.kind] ?? line.kind}${amended(line)})`
      const days = `${line.serviceStart} – ${line.serviceEnd}`
      // A credit of an amount alone takes no quantity back.
      const [quantity, unit] =
        line.kind === 'credit' && /^0(\.0+)?$/.test(line.quantity) ? ['', ''] : [line.quantity, line.unit]
      const cells = [cell(String(line.line)), cell(what), cell(days), amountCell(quantity), cell(unit)]
      return `${group}<tr>${cells.join('')}${amountCell(minorText(line.net, money))}</tr>\n`
    })
    .join('')
}

const kinds: Readonly<Record<string, string>> = {
  oneTime: 'one-time',
  late: 'late usage',
  minimum: 'minimum commitment',
}
const amended = ({ amendsLine }: PrintedLine): string => (amendsLine === null ? '' : `, line ${amendsLine}`)

const settlements: Readonly<Record<string, string>> = {
  paid: 'Payment',
  credited: 'Credit note',
  credit_applied: 'Credit balance',
  written_off: 'Written off',
}

/** From the end of the lines to that of the page: taxes, totals, what was paid and credited since. */
export function pageEnd(
  head: PrintedHead,
  taxes: readonly PrintedTax[],
  settled: readonly PrintedSettlement[],
  money: Currency,
): string {
  const text = (amount: string) => minorText(amount, money)
  const row = (label: string, amount: string, name = '') =>
    `<tr${name ? ` class="${name}"` : ''}>${cell(label)}${amountCell(amount)}</tr>\n`
  const taxRows = taxes.map((tax) => {
    const reason = tax.reason === null ? '' : `: ${tax.reason}`
    return row(`${tax.name} ${tax.percent} % (${tax.category}) of ${text(tax.base)}${reason}`, text(tax.amount))
  })
  const takenOff = settled.map((one) => {
    const taken = one.amount.startsWith('-') ? one.amount.slice(1) : `-${one.amount}`
    return row(`${settlements[one.kind] ?? one.kind} ${one.on} ${one.reference}`, text(taken))
  })
  const due = head.type === 'invoice' ? row(`Due ${head.currency}`, text(head.open), 'sum') : ''
  return `</tbody></table>
<table class="totals"><tbody>
${row('Net', text(head.net))}${taxRows.join('') || '<tr><td colspan="2" class="small">No tax is charged on this document.</td></tr>\n'}${row(`Total ${head.currency}`, text(head.total), 'sum')}${takenOff.join('')}${due}</tbody></table>
<footer>${escapeHtml(head.id)} · SHA-256 ${escapeHtml(head.contentHash)}</footer>
</body></html>
`
}
