import { currency } from '../../../billing/money.ts'
import { type Ctx, inTx } from '../../../platform/context.ts'
import { notFound } from '../../../platform/errors.ts'
import { contentPolicy, lineRows, pageEnd, pageStart } from './html.ts'
import * as queries from './queries.ts'

const linesPerPage = 1_000

/**
 * An issued document as a page to print, with what was paid and credited since. Lines are read as the receiver takes them, so
 * that memory is bounded. @throws notFound, alike for drafts, absent documents and another branch's
 */
export async function printDocument(ctx: Ctx, type: queries.PrintedHead['type'], id: string): Promise<Response> {
  const { head, taxes, settled } = await inTx(ctx, async (tx) => {
    const found = await queries.findPrinted(tx, ctx.actor, type, id)
    if (!found) throw notFound()
    return {
      head: found,
      taxes: await queries.listPrintedTaxes(tx, ctx.actor, id),
      settled: await queries.listPrintedSettlements(tx, ctx.actor, id),
    }
  })
  const money = currency(head.currency)
  const encoder = new TextEncoder()
  let last: queries.PrintedLine | undefined
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode(pageStart(head))),
    pull: async (controller) => {
      const after = last?.line ?? 0
      const lines = await inTx(ctx, (tx) => queries.listPrintedLines(tx, ctx.actor, id, after, linesPerPage))
      const rows = lineRows(lines, last?.subscriptionId, money)
      last = lines.at(-1) ?? last
      const isEnd = lines.length < linesPerPage
      controller.enqueue(encoder.encode(isEnd ? rows + pageEnd(head, taxes, settled, money) : rows))
      if (isEnd) controller.close()
    },
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentPolicy,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
    },
  })
}
