import type { Tx } from '../../../platform/db.ts'
import { nilId } from '../../../platform/ids.ts'
import {
  behind,
  filtered,
  groupColumn,
  inMonths,
  isUnconverted,
  joinRates,
  type Numbered,
  onSide,
  type SummaryScope,
  type SummaryWish,
  told,
} from './queries-parts.ts'
import type { Months } from './question.ts'

/** Lines that the next drafts add to what is rated, as far as the viewer does not see them on drafts of its own. */
export const linesAhead = (tx: Tx, wish: SummaryScope, months: Months) => tx`
  ${onSide(tx, wish, 'ahead')} and ${inMonths(tx, 'ahead.period', months)}
  and (ahead.invoice_id = ${nilId} or ahead.seller_id <> ${wish.viewer.organizationId})`

/** What the next drafts take off and tax, by group, currency and SKU. */
export const estimateSums = (tx: Tx, wish: SummaryWish, { slot, number }: Numbered) => {
  const group = groupColumn(tx, wish.groupBy, 'ahead', slot.shift)
  return tx`
    select ${number}::int, ${group}, ahead.currency, ahead.sku_id, 0, sum(${told(tx, wish, tx`ahead.net`)}), null, null, null,
           sum(${told(tx, wish, tx`ahead.tax`)}), bool_or(ahead.tax is null), null, null, null, ${isUnconverted(tx, wish)}, 0, null, null, null
    from estimate_line ahead ${joinRates(tx, wish, 'ahead')}
    where ${linesAhead(tx, wish, slot)} ${filtered(tx, wish.filters, 'ahead')} ${behind(tx, wish, group, 'ahead')}
    group by 2, 3, 4`
}
