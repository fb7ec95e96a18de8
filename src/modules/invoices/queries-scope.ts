import type { Actor } from '../../platform/context.ts'
import type { Tx } from '../../platform/db.ts'

/** What narrows lists of documents down; undefined does not. */
type DocumentScope = {
  readonly 'period[gte]'?: string | undefined
  readonly 'period[lte]'?: string | undefined
  readonly currency?: string | undefined
} & LineScope

/** Of which of their lines documents have one at least. */
export type LineScope = {
  readonly tenantId?: string | undefined
  readonly partnerId?: string | undefined
  readonly distributorId?: string | undefined
  readonly subscriptionId?: string | undefined
  readonly skuId?: string | undefined
  readonly sku?: string | undefined
}

/** Conditions on a row of `invoice`. */
export const inScope = (tx: Tx, viewer: Actor, filters: DocumentScope) => tx`
  ${filters['period[gte]'] ? tx`and invoice.period >= ${filters['period[gte]']}` : tx``}
  ${filters['period[lte]'] ? tx`and invoice.period <= ${filters['period[lte]']}` : tx``}
  ${filters.currency ? tx`and invoice.currency = ${filters.currency}` : tx``}
  ${isOnLines(filters) ? tx`and ${hasLine(tx, viewer, filters)}` : tx``}`

const isOnLines = ({ tenantId, partnerId, distributorId, subscriptionId, skuId, sku }: LineScope): boolean =>
  [tenantId, partnerId, distributorId, subscriptionId, skuId, sku].some((one) => one !== undefined)

const hasLine = (tx: Tx, viewer: Actor, filters: LineScope) => tx`
  exists (
    select from invoice_line line
    where line.invoice_id = invoice.id and ${tx(`line.see_${viewer.level}_id`)} = ${viewer.organizationId}
      ${ofLines(tx, filters)} ${ofChains(tx, filters)})`

/** Conditions on a row of `line`. */
export const ofLines = (tx: Tx, { tenantId, subscriptionId, skuId, sku }: LineScope) => tx`
  ${tenantId ? tx`and line.tenant_id = ${tenantId}` : tx``}
  ${subscriptionId ? tx`and line.subscription_id = ${subscriptionId}` : tx``}
  ${skuId ? tx`and line.sku_id = ${skuId}` : tx``}
  ${sku ? tx`and line.sku_id = (select id from sku where code = ${sku})` : tx``}`

/** Who stood above the tenant at the end of the line's month, as summaries count it. */
const ofChains = (tx: Tx, { partnerId, distributorId }: LineScope) =>
  partnerId === undefined && distributorId === undefined
    ? tx``
    : tx`
      and exists (
        select from chain
        where chain.tenant_id = line.tenant_id
          and chain.valid @> ((line.service_period || '-01')::date + interval '1 month' - interval '1 day')::date
          ${partnerId ? tx`and chain.partner_id = ${partnerId}` : tx``}
          ${distributorId ? tx`and chain.distributor_id = ${distributorId}` : tx``})`
