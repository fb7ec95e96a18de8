-- What a plan charges beside usage: recurring charges and charges that come once. Plans still hold no amounts.
-- Deploy before the code: an item that there is stays one of usage.

/* A recurring item says when and how it is charged; a one-time item only for how many; usage says nothing of that. */
alter table plan_item
  drop constraint plan_item_kind_known,
  add constraint plan_item_kind_known check (kind in ('usage', 'recurring', 'oneTime')),
  add timing          text constraint plan_item_timing_known check (timing in ('advance', 'arrears')),
  add charge_interval text constraint plan_item_interval_known check (charge_interval in ('month', 'quarter', 'year')),
  add anchor          text constraint plan_item_anchor_known check (anchor in ('calendar', 'start')),
  add proration       text constraint plan_item_proration_known check (proration in ('day', 'second')),
  add quantity_basis  text constraint plan_item_basis_known check (quantity_basis in ('subscription', 'one')),
  add constraint plan_item_terms_of_kind check (
    num_nonnulls(timing, charge_interval, anchor, proration) = case kind when 'recurring' then 4 else 0 end
    and (quantity_basis is not null) = (kind <> 'usage'));
