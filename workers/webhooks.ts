import { type DeliveryCtx, fanOutEvents, listDueEndpoints } from '../src/modules/webhooks/deliver.ts'
import { type Loop, startLoop } from './loop.ts'
import type { Queues } from './queues.ts'
import { throttledErrors } from './report.ts'

/** Sending waits for the network, not for the processor: many endpoints at once keep a slow one from holding up others. */
export const webhookConcurrency = 64

/** A delivery that is due is looked for so often. */
export const postEveryMs = 500

/**
 * Makes deliveries of new events and rings for the endpoints that have something due. The ring of an endpoint is not
 * repeated while one waits or is being answered, so one worker of the fleet looks after an endpoint at a time.
 */
export function startPostOffice(parts: { ctx: DeliveryCtx; queues: Queues; everyMs: number }): Loop {
  const { ctx, queues, everyMs } = parts
  const report = throttledErrors(ctx.log, 'post_office.failed')
  return startLoop(async () => {
    try {
      const isMore = await fanOutEvents(ctx)
      const due = await listDueEndpoints(ctx)
      const bells = due.map((id) => ({ id, name: `w-${id}` }))
      if (bells.length > 0) await queues.ring('webhooks', bells)
      return isMore ? 0 : everyMs
    } catch (error) {
      report(error)
      return everyMs
    }
  })
}
