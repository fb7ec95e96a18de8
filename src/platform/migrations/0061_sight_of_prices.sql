-- A confidential contract hides the prices of its buyers that have priced nothing yet. Deploy before the code: the chain keeper
-- gets a right that nobody uses yet.

/* The chain keeper sets who reads the lists of a reseller whose contract becomes confidential, and nothing else of them. */
grant update (see_platform_id) on price_list to weir_chain;
create policy weir_chain_update on price_list for update to weir_chain using (true) with check (true);
call weir_open('price_derivation', 'weir_chain', array['select']);
grant update (see_platform_id) on price_derivation to weir_chain;
create policy weir_chain_update on price_derivation for update to weir_chain using (true) with check (true);

/* Contracts that are confidential already. */
call weir_open('price_list', 'weir_backfill', array['select', 'update']);
call weir_open('price_derivation', 'weir_backfill', array['select', 'update']);
set local role weir_backfill;
update price_list list set see_platform_id = null
from organization seller
where seller.id = list.seller_id and seller.is_confidential and list.buyer_id is not null and list.state <> 'used'
  and list.see_platform_id is not null;
update price_derivation derivation set see_platform_id = null
from organization seller
where seller.id = derivation.seller_id and seller.is_confidential and derivation.buyer_id is not null
  and derivation.see_platform_id is not null;
reset role;
drop policy weir_backfill_select on price_list;
drop policy weir_backfill_update on price_list;
revoke all on price_list from weir_backfill;
drop policy weir_backfill_select on price_derivation;
drop policy weir_backfill_update on price_derivation;
revoke all on price_derivation from weir_backfill;
