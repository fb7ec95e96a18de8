import { type Ctx, inTx } from '../../../platform/context.ts'
import type { Tx } from '../../../platform/db.ts'
import { recordAudit } from '../../audit/service.ts'
import { assertSeller } from '../../pricing/sellers.ts'
import type { BillingSettings, NewBillingSettings } from './model.ts'
import * as queries from './queries.ts'

/** How the acting organization bills, where it sells. */
export const getBillingSettings = (ctx: Ctx): Promise<BillingSettings> => inTx(ctx, (tx) => read(ctx, tx))

const read = async ({ actor }: Ctx, tx: Tx): Promise<BillingSettings> =>
  (await queries.findBillingSettings(tx, actor.organizationId)) ?? { zeroTotals: 'issue', updatedAt: null }

/** Bills so whatever is issued from now on: what is issued or settled already stays. @throws notASeller */
export const putBillingSettings = (ctx: Ctx, input: NewBillingSettings): Promise<BillingSettings> =>
  inTx(ctx, async (tx) => {
    const { organizationId } = ctx.actor
    await assertSeller(tx, ctx.actor)
    await queries.upsertBillingSettings(tx, organizationId, input)
    const entry = { action: 'billing_settings.changed', objectType: 'organization', objectId: organizationId }
    await recordAudit(tx, ctx.actor, { ...entry, details: { zeroTotals: input.zeroTotals } }, ctx.requestId)
    return read(ctx, tx)
  })
