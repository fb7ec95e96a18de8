import { type ServiceBack } from '../../../billing/given-back.ts'
import { decimal, plainText, sum } from '../../../billing/money.ts'
import type { Tx } from '../../../platform/db.ts'
import type { EdgesAt } from './queries-ahead.ts'
import * as queries from './queries-standings.ts'

/** Reads, by document, what earlier ones have of what these drafts give back. Runs as weir_seller or weir_verify. */
export async function readServicesBack(
  tx: Tx,
  invoiceIds: readonly string[],
): Promise<ReadonlyMap<string, readonly ServiceBack[]>> {
  return byDocument(await queries.listStanding(tx, invoiceIds))
}

/** The same for lines that are on no draft yet, by edge. Runs as weir_seller. */
export const readServicesBackAhead = async (
  tx: Tx,
  at: EdgesAt,
): Promise<ReadonlyMap<string, readonly ServiceBack[]>> => byDocument(await queries.listStandingAhead(tx, at))

function byDocument(rows: readonly queries.StandingRow[]): ReadonlyMap<string, readonly ServiceBack[]> {
  return new Map([...Map.groupBy(rows, ({ invoiceId }) => invoiceId)].map(([id, own]) => [id, servicesOf(own)]))
}

const servicesOf = (rows: readonly queries.StandingRow[]): ServiceBack[] =>
  [...Map.groupBy(rows, ({ service }) => service).values()].map((own) => ({
    ...standingOf(own),
    lines: own[0]?.lines ?? [],
  }))

/** Lines of one service added up, and what each discount has off them. */
function standingOf(rows: readonly queries.StandingRow[]): Omit<ServiceBack, 'lines'> {
  const off = rows.flatMap(({ net, off: some }) => some.map((one) => ({ ...one, net })))
  const byDiscount = Map.groupBy(off, ({ discountId }) => discountId)
  const total = (values: readonly string[]): string => plainText(sum(values.map((value) => decimal(value))))
  return {
    net: total(rows.map(({ net }) => net)),
    reductions: [...byDiscount].map(([discountId, some]) => ({
      discountId,
      amount: total(some.map(({ amount }) => amount)),
      resource: some.find(({ resource }) => resource !== null)?.resource ?? null,
      share: total(some.map(shareOf)),
    })),
  }
}

/** What of a line's net the discount's resource had. */
const shareOf = ({ net, used, quantity }: { net: string; used: string | null; quantity: string | null }): string =>
  used === null || quantity === null || decimal(quantity).isZero()
    ? '0'
    : plainText(decimal(net).times(used).dividedBy(quantity).toDecimalPlaces(30))
