import { type Ctx, inTx } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { recordAudit } from '../../audit/service.ts'
import type { NewUsageSettings, UsageSettings } from './model.ts'
import * as queries from './queries.ts'

/** How usage is counted, for everybody. */
export const getUsageSettings = (ctx: Ctx): Promise<UsageSettings> => inTx(ctx, (tx) => read(ctx, tx))

const read = async ({ actor }: Ctx, tx: Tx): Promise<UsageSettings> =>
  (await queries.findUsageSettings(tx, actor.platformId)) ?? { spanning: 'split', updatedAt: null }

/** Counts usage so from the next month on to which nothing was posted yet: the others keep what was in force. */
export const putUsageSettings = (ctx: Ctx, input: NewUsageSettings): Promise<UsageSettings> =>
  inTx(ctx, async (tx) => {
    const { platformId } = ctx.actor
    await queries.upsertUsageSettings(tx, platformId, input)
    const entry = { action: 'usage_settings.changed', objectType: 'organization', objectId: platformId }
    await recordAudit(tx, ctx.actor, { ...entry, details: { spanning: input.spanning } }, ctx.requestId)
    return read(ctx, tx)
  })
