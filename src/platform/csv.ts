/** A cell of a table: numbers are decimal text and stay as they are, names are written by people. */
export type CsvCell = string | number | null

const decimalForm = /^-?\d+(\.\d+)?$/

/** What a spreadsheet would take for a formula, and what would be read as the mark of such a text. */
const formulaForm = /^'*[=+\-@\t\r]/

/** What a cell said before it was marked as text; every mark of ours is taken back exactly. */
export const unmarked = (text: string): string =>
  text.startsWith("'") && formulaForm.test(text) ? text.slice(1) : text

/**
 * One cell (RFC 4180). Text that a spreadsheet would take for a formula is marked as text: names are written by people, also
 * by other people than the reader.
 */
function cellText(cell: CsvCell): string {
  if (cell === null) return ''
  const text = String(cell)
  const safe = formulaForm.test(text) && !decimalForm.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** A table with its head as CSV, lines ended by CRLF. */
export const csvText = (head: readonly string[], rows: Iterable<readonly CsvCell[]>): string =>
  [head, ...rows].map((row) => `${row.map(cellText).join(',')}\r\n`).join('')

/** The answer of a CSV download. */
export const csvResponse = (text: string, fileName: string): Response =>
  new Response(text, {
    headers: {
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${fileName}"`,
    },
  })
