import { regionNight } from '../jobs/regions.ts'
import { runNight } from '../src/modules/regions/nightly.ts'
import { type Handler, handle } from '../src/platform/work.ts'

/** What the queue `rating` does for regions. */
export const regionHandlers: readonly Handler[] = [handle(regionNight, (ctx, payload) => runNight(ctx, payload))]
