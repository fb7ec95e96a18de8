import { beginMonth, refreshRating } from '../jobs/rating.ts'
import { runBeginMonth } from '../src/modules/billing/rating/begin-month.ts'
import { refreshDue } from '../src/modules/billing/rating/refresh.ts'
import { handle, type Handler } from '../src/platform/work.ts'

/** Amounts that follow usage and prices. */
export const ratingHandlers: readonly Handler[] = [
  handle(refreshRating, (ctx) => refreshDue(ctx)),
  handle(beginMonth, runBeginMonth),
]
