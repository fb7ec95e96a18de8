import { type CollectedBases, followCollection } from '../../../billing/collected.ts'
import { partOfDays } from '../../../billing/commission-line.ts'
import { retierLine } from '../../../billing/commission.ts'
import { currency, decimal, type Decimal, plainText, zero } from '../../../billing/money.ts'
import { nilId } from '../../../platform/ids.ts'
import { type Check, type Findings, openFindings } from '../check.ts'
import * as queries from './queries-collected.ts'

const documentsPerPage = 500

/** I3: what was earned on payments is what the payments, the lines and the rule's snapshot give. */
export const checkCollected: Check = {
  law: 'I3',
  name: 'earnings on payments are what was collected',
  run: async ({ tx }) => {
    const broken = openFindings()
    let looked = 0
    for (let after: string | undefined = nilId; after !== undefined;) {
      const documents: readonly { id: string; total: string; currency: string }[] = await queries.listCollectedInvoices(
        tx,
        after,
        documentsPerPage,
      )
      const ids = documents.map(({ id }) => id)
      const money = await readMoney(tx, ids)
      const earnings = Map.groupBy(await queries.listCollectedEarnings(tx, ids), ({ invoiceId }) => invoiceId)
      for (const document of documents) {
        const rows = earnings.get(document.id) ?? []
        looked += rows.length
        judge(document, rows, money, broken)
      }
      after = documents.length < documentsPerPage ? undefined : documents.at(-1)?.id
    }
    return { looked: [[looked, 'earnings on payments']], broken: broken.found(), pending: openFindings().found() }
  },
}

type Money = Awaited<ReturnType<typeof readMoney>>

async function readMoney(tx: Parameters<typeof queries.listBases>[0], ids: readonly string[]) {
  const credited = Map.groupBy(await queries.listCredited(tx, ids), ({ noteId }) => noteId)
  return {
    bases: Map.groupBy(await queries.listBases(tx, ids), ({ invoiceId }) => invoiceId),
    events: Map.groupBy(await queries.listMoney(tx, ids), ({ invoiceId }) => invoiceId),
    credits: new Map(
      [...credited].map(([noteId, rows]) => [noteId, new Map(rows.map(({ line, net }) => [line, decimal(net)]))]),
    ),
  }
}

function judge(
  document: { id: string; total: string; currency: string },
  rows: readonly queries.CollectedRow[],
  { bases, events, credits }: Money,
  broken: Findings,
): void {
  const happened = events.get(document.id) ?? []
  const lines = (bases.get(document.id) ?? []).map(({ line, base }) => ({ line, base: decimal(base) }))
  const states = (basis: 'collected' | 'whole') =>
    followCollection(
      { total: decimal(document.total), lines },
      happened.map(({ id, collected, given, credited }) => ({
        id,
        collected: decimal(collected),
        given: decimal(given),
        credited: decimal(credited),
        lineCredits: credits.get(id) ?? new Map<number, Decimal>(),
      })),
      basis,
      currency(document.currency),
    )
  const known = { collected: states('collected'), whole: states('whole') }
  const monthOf = new Map(happened.map(({ id, period }) => [id, period]))
  for (const row of rows) {
    const month = monthOf.get(row.eventId)
    if (month !== row.period)
      broken.add(`earning ${row.id}`, `is of ${row.period}, its payment of ${month ?? 'nothing'}`)
    const state = (row.terms.basis === 'collected' ? known.collected : known.whole).find(({ id }) => id === row.eventId)
    judgeRow(row, state, broken)
  }
}

/** The base of a margin is judged with the margins: here it is only tiered again. */
function judgeRow(row: queries.CollectedRow, state: CollectedBases | undefined, broken: Findings): void {
  const code = currency(row.currency)
  const line = { serviceStart: row.lineStart, serviceEnd: row.lineEnd }
  const days = { from: row.serviceStart, to: row.serviceEnd }
  const ofDays = (of: ReadonlyMap<number, Decimal> | undefined) =>
    partOfDays(of?.get(row.line) ?? zero, line, days, code)
  const [before, after] = [ofDays(state?.before), ofDays(state?.after)]
  const base = plainText(after.minus(before))
  if (row.terms.basis !== 'margin' && base !== row.base) {
    broken.add(`earning ${row.id}`, `its base is ${row.base}, what was collected gives ${base}`)
  }
  if (row.position !== null) return
  const own = decimal(row.base)
  const toDate = decimal(row.baseToDate)
  const amount = plainText(retierLine(row.terms, toDate.minus(own), own, code))
  if (amount !== row.amount) broken.add(`earning ${row.id}`, `is ${row.amount}, its rule gives ${amount}`)
}
