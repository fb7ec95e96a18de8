import { type Decimal, plainText, zero } from '../../../billing/money.ts'
import type { Seat } from '../runs/book.ts'
import type { IssuedLine } from '../runs/earn.ts'
import type { NewResult, ServedRow } from './queries.ts'

/** What two sides give a payee on a line: null where that is unknown. `isNew`: the line was not counted before. */
type Compared = {
  readonly line: IssuedLine
  readonly seat: Seat
  readonly service: ServedRow
  readonly before: Decimal | null
  readonly after: Decimal | null
  readonly isNew: boolean
}

type Sum = Omit<NewResult, 'before' | 'after'> & { before: Decimal; after: Decimal }

/** Adds up by payee, tenant and SKU: what only one side knows is counted, and in no amount. */
export function openSums() {
  const sums = new Map<string, Sum>()
  const add = ({ line, seat, service, before, after, isNew }: Compared): void => {
    const { skuId, currency } = line
    const { tenantId, partnerId, distributorId } = service
    const names = { payeeId: seat.payeeId, tenantId, partnerId, distributorId, skuId, currency }
    const key = Object.values(names).join(' ')
    const sum = sums.get(key) ?? { ...names, lines: 0, unknown: 0, before: zero, after: zero }
    sums.set(key, sum)
    if (isNew) sum.lines += 1
    if (before === null || after === null) {
      sum.unknown += 1
      return
    }
    sum.before = sum.before.plus(before)
    sum.after = sum.after.plus(after)
  }
  const rows = (): NewResult[] =>
    [...sums.values()].map((sum) => ({ ...sum, before: plainText(sum.before), after: plainText(sum.after) }))
  return { add, rows }
}

/** What adds up the figures of a simulation. */
export type Sums = ReturnType<typeof openSums>
