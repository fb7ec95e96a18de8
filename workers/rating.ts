import { refreshRating } from '../jobs/rating.ts'
import { handle, type Handler } from '../src/platform/work.ts'
import { refreshDue } from '../src/modules/billing/refresh.ts'

/** Amounts that follow usage and prices. */
export const ratingHandlers: readonly Handler[] = [handle(refreshRating, (ctx) => refreshDue(ctx))]
