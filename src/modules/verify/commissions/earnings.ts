import { currency, decimal, plainText } from '../../../billing/money.ts'
import { costShare } from '../../../billing/shared-cost.ts'
import { nilId } from '../../../platform/ids.ts'
import { type Check, openFindings, type View } from '../check.ts'
import { judgeDivided, judgeLine, openRunning, type OwnCost } from './earned.ts'
import * as queries from './queries-earnings.ts'
import { type CostRow, listCosts } from './queries-margins.ts'

const earningsPerPage = 5_000

/** I3: every earning is what its line, its days and its rule's snapshot give, to the cent. */
export const checkEarnings: Check = {
  law: 'I3',
  name: 'earnings are what their lines and rules give',
  run: async (view) => {
    const broken = openFindings()
    const total = await queries.countEarnings(view.tx)
    broken.addAll(await queries.listStrayEarnings(view.tx))
    await checkLines(view, total, broken)
    await checkRunning(view, broken)
    await checkDivided(view, broken)
    return { looked: [[total, 'earnings']], broken: broken.found(), pending: openFindings().found() }
  },
}

type Row = queries.EarningRow

const isSameLine = (a: Row, b: Row): boolean =>
  a.invoiceId === b.invoiceId && a.line === b.line && a.payeeId === b.payeeId

/** A payee's earnings on one line lie together; those at the end of a page may go on in the next. */
async function checkLines(
  { tx, progress }: View,
  total: number,
  broken: ReturnType<typeof openFindings>,
): Promise<void> {
  let open: Row[] = []
  const costs = new Map<string, OwnCost>()
  let read = 0
  let after: Row | undefined
  do {
    const page: readonly Row[] = await queries.listEarnings(tx, after, earningsPerPage)
    for (const [key, cost] of await costsOf(tx, page)) costs.set(key, cost)
    for (const row of page) {
      const [first] = open
      if (first && !isSameLine(first, row)) {
        judgeLine(open, costs.get(lineKey(first)) ?? unknown, broken)
        open = []
      }
      open.push(row)
    }
    read += page.length
    progress(read, total, 'earnings')
    after = page.length < earningsPerPage ? undefined : page.at(-1)
  } while (after)
  const [last] = open
  if (last) judgeLine(open, costs.get(lineKey(last)) ?? unknown, broken)
}

const unknown: OwnCost = { amount: null, ratedAt: null }

const lineKey = ({ invoiceId, line }: { invoiceId: string; line: number }): string => `${invoiceId} ${line}`

/** What payers pay themselves for the lines whose margin was earned on. */
async function costsOf(tx: View['tx'], page: readonly Row[]): Promise<Map<string, OwnCost>> {
  const onMargin = page.filter(({ terms }) => terms.basis === 'margin')
  if (onMargin.length === 0) return new Map()
  const codes = new Map(onMargin.map((row) => [row.invoiceId, row.currency]))
  const rows = await listCosts(tx, [...codes.keys()])
  return new Map(
    rows.map((row) => [lineKey(row), { amount: costIn(row, codes.get(row.invoiceId) ?? ''), ratedAt: row.ratedAt }]),
  )
}

function costIn({ cost, before, upTo, whole }: CostRow, code: string): string | null {
  if (cost === null) return null
  const quantities = { before: decimal(before), upTo: decimal(upTo), whole: decimal(whole) }
  return plainText(costShare(decimal(cost), quantities, currency(code)))
}

async function checkRunning({ tx }: View, broken: ReturnType<typeof openFindings>): Promise<void> {
  const running = openRunning(broken)
  let after: queries.RunningRow | undefined
  do {
    const page: readonly queries.RunningRow[] = await queries.listRunning(tx, after, earningsPerPage)
    for (const row of page) running.next(row)
    after = page.length < earningsPerPage ? undefined : page.at(-1)
  } while (after)
}

async function checkDivided({ tx }: View, broken: ReturnType<typeof openFindings>): Promise<void> {
  for (let after: string | undefined = nilId; after !== undefined;) {
    const page: readonly queries.DividedRow[] = await queries.listDivided(tx, after, earningsPerPage)
    for (const row of page) judgeDivided(row, broken)
    after = page.length < earningsPerPage ? undefined : page.at(-1)?.id
  }
}
