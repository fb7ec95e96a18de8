-- Draft rules for what is collected can be tried out, and a seller reads no correction of another one. Deploy with the code: what
-- earlier code reads of corrections as a seller is not there any more.

alter table commission_simulation
  drop constraint commission_simulation_basis_known,
  add constraint commission_simulation_basis_known check (basis in ('net', 'margin', 'collected')),
  add constraint commission_simulation_collected_is_paid check (basis <> 'collected' or terms ->> 'trigger' = 'paid');

/* What applied corrections say was counted wrong of a tenant's month, for each of its sellers: all of them rate the same
   quantities, and none of them reads whose correction it was, or why. */
create table corrected_quantity (
  seller_id       uuid not null constraint corrected_quantity_seller references organization,
  correction_id   uuid not null constraint corrected_quantity_of_correction references correction,
  position        int not null constraint corrected_quantity_position_positive check (position > 0),
  tenant_id       uuid not null constraint corrected_quantity_tenant references organization,
  period          text not null constraint corrected_quantity_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  subscription_id uuid not null constraint corrected_quantity_subscription references subscription,
  sku_id          uuid not null constraint corrected_quantity_sku references sku,
  day             date not null,
  quantity        numeric not null,
  constraint corrected_quantity_key primary key (seller_id, correction_id, position)
);
create index corrected_quantity_by_tenant on corrected_quantity (seller_id, tenant_id, period);
call weir_close('corrected_quantity');
call weir_open('corrected_quantity', 'weir_seller', array['select', 'insert'], 'seller_id = (select weir_org())');
call weir_open('corrected_quantity', 'weir_verify', array['select']);

/* What was applied before this table was there. */
call weir_open('correction', 'weir_backfill', array['select']);
call weir_open('chain_edge', 'weir_backfill', array['select']);
call weir_open('edge', 'weir_backfill', array['select']);
call weir_open('sku', 'weir_backfill', array['select']);
call weir_open('corrected_quantity', 'weir_backfill', array['select', 'insert']);
set local role weir_backfill;
insert into corrected_quantity (seller_id, correction_id, position, tenant_id, period, subscription_id, sku_id, day, quantity)
select seller.id, correction.id, said.position, correction.tenant_id, correction.period,
       (said.quantity ->> 'subscriptionId')::uuid, sku.id, (said.quantity ->> 'day')::date, (said.quantity ->> 'quantity')::numeric
from correction
cross join lateral jsonb_array_elements(correction.quantities) with ordinality as said (quantity, position)
join sku on sku.code = said.quantity ->> 'sku'
cross join lateral (
  select distinct edge.seller_id as id from chain_edge join edge on edge.id = chain_edge.edge_id and edge.kind = 'sale'
  where chain_edge.tenant_id = correction.tenant_id and lower(edge.valid) < (correction.period || '-01')::date + interval '1 month'
) as seller
where correction.state = 'applied';
do $$ begin
  if (select count(distinct (correction_id, position)) from corrected_quantity)
    <> (select coalesce(sum(jsonb_array_length(quantities)), 0) from correction where state = 'applied') then
    raise exception 'not every corrected quantity has its row';
  end if;
end $$;
reset role;
create procedure weir_close_backfill() language plpgsql as $$
declare relation text;
begin
  foreach relation in array array['correction', 'chain_edge', 'edge', 'sku', 'corrected_quantity'] loop
    execute format('drop policy weir_backfill_select on %I', relation);
    execute format('revoke all on %I from weir_backfill', relation);
  end loop;
end $$;
call weir_close_backfill();
drop procedure weir_close_backfill();
drop policy weir_backfill_insert on corrected_quantity;

drop policy weir_seller_select on correction;
revoke all on correction from weir_seller;
