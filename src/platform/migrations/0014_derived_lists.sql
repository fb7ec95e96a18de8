-- Price lists that follow other prices: a list at a markup, margin, discount or amount on a named base. Its rates are rates
-- like any other, so that rating, freezing and explaining need no second way.
-- Deploy before the code: nothing reads these tables yet, and lists that are there follow nothing.

/* How a seller's list comes out of its base, for days. Its seller's alone: nobody below learns the base or the margin.
   Only its days change, to end sooner; other terms are another derivation. A list on what the seller pays names no base. */
create table price_derivation (
  id             uuid not null constraint price_derivation_key primary key,
  seller_id      uuid not null constraint price_derivation_seller references organization,
  kind           text not null constraint price_derivation_kind_known check (kind in ('sale', 'cost')),
  code           text not null constraint price_derivation_code_length check (length(code) between 1 and 100),
  name           text not null constraint price_derivation_name_length check (length(name) between 1 and 200),
  currency       text not null constraint price_derivation_currency_form check (currency ~ '^[A-Z]{3}$'),
  scope          text not null constraint price_derivation_scope_known check (scope in ('default', 'region', 'plan_version', 'buyer', 'subscription')),
  target_id      uuid not null,
  buyer_id       uuid constraint price_derivation_buyer references organization,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  valid          daterange not null constraint price_derivation_valid_form check (not isempty(valid) and lower_inc(valid) and not lower_inf(valid)),
  basis          text not null constraint price_derivation_basis_known check (basis in ('list', 'buyPrice')),
  base_seller_id uuid constraint price_derivation_base_seller references organization,
  base_kind      text,
  base_code      text,
  base_scope     text,
  base_target_id uuid,
  method         text not null constraint price_derivation_method_known check (method in ('markup', 'margin', 'discount', 'passThrough', 'amountUp', 'amountDown')),
  percent        numeric constraint price_derivation_percent_not_negative check (percent >= 0),
  amount         numeric constraint price_derivation_amount_not_negative check (amount >= 0),
  created_at     timestamptz not null default clock_timestamp(),
  constraint price_derivation_base_of_basis check (num_nonnulls(base_seller_id, base_kind, base_code, base_scope, base_target_id) = case basis when 'list' then 5 else 0 end),
  constraint price_derivation_terms_of_method check ((method in ('amountUp', 'amountDown')) = (amount is not null) and num_nonnulls(percent, amount) = 1),
  constraint price_derivation_price_not_negative check ((method <> 'margin' or percent < 100) and (method <> 'discount' or percent <= 100)),
  constraint price_derivation_code_per_day exclude using gist (seller_id with =, code with =, valid with &&)
);
create index price_derivation_by_base on price_derivation (base_seller_id) where base_seller_id is not null;
call weir_close('price_derivation');

alter table price_list add derivation_id uuid constraint price_list_derivation references price_derivation;
create index price_list_by_derivation on price_list (derivation_id) where derivation_id is not null;

/* What a derived rate came from, kept as it was: the base may be replaced while nothing was priced by it. */
create table derived_rate (
  price_rate_id uuid not null constraint derived_rate_key primary key
    constraint derived_rate_of_rate references price_rate on delete cascade,
  seller_id     uuid not null,
  derivation_id uuid not null constraint derived_rate_derivation references price_derivation,
  base_rate_id  uuid not null,
  base_list_id  uuid not null,
  base_rate     jsonb not null constraint derived_rate_base_object check (jsonb_typeof(base_rate) = 'object')
);
call weir_close('derived_rate');

/* SKUs of the base without a price on a derived list, and why: what the amount would leave below zero, what the seller
   prices itself. */
create table derived_gap (
  price_list_id uuid not null constraint derived_gap_of_list references price_list on delete cascade,
  sku_id        uuid not null constraint derived_gap_sku references sku,
  seller_id     uuid not null,
  reason        text not null,
  constraint derived_gap_key primary key (price_list_id, sku_id)
);
call weir_close('derived_gap');

/* Whose prices, or whose edge to buy on, changed since derived lists were last looked at. */
create table price_change (
  seller_id  uuid not null constraint price_change_key primary key,
  changed_at timestamptz not null default clock_timestamp()
);
call weir_close('price_change');

/* Derivations that are to be looked at. A mark goes away in the transaction that serves it, before its base is read. */
create table derivation_due (
  derivation_id uuid not null constraint derivation_due_key primary key constraint derivation_due_derivation references price_derivation,
  seller_id     uuid not null,
  marked_at     timestamptz not null default clock_timestamp()
);
call weir_close('derivation_due');

create procedure weir_open_derivations() language plpgsql as $$
declare tier text; own constant text := 'seller_id = (select weir_org())';
begin
  foreach tier in array array['weir_platform', 'weir_distributor', 'weir_partner'] loop
    call weir_open('price_derivation', tier, array['select', 'insert'], own);
    execute format('grant update (valid) on price_derivation to %I', tier);
    execute format('create policy %I on price_derivation for update to %I using (%s) with check (%s)', tier || '_update', tier, own, own);
    call weir_open('derived_rate', tier, array['select', 'insert'], own);
    call weir_open('derived_gap', tier, array['select', 'insert', 'delete'], own);
    call weir_open('price_change', tier, array['select', 'insert', 'update'], own);
    call weir_open('derivation_due', tier, array['select', 'insert', 'update', 'delete'], own);
  end loop;
  call weir_open('price_derivation', 'weir_seller', array['select'], own);
  call weir_open('derived_rate', 'weir_seller', array['select'], own);
  call weir_open('price_derivation', 'weir_verify', array['select']);
  call weir_open('derived_rate', 'weir_verify', array['select']);
  -- The chain keeper opens edges for others; the relay marks what follows and calls for it.
  call weir_open('price_change', 'weir_chain', array['select', 'insert', 'update']);
  call weir_open('price_change', 'weir_seller', array['select', 'insert', 'update'], own);
  call weir_open('price_change', 'weir_relay', array['select', 'update', 'delete']);
  call weir_open('price_derivation', 'weir_relay', array['select']);
  call weir_open('derivation_due', 'weir_relay', array['select', 'insert', 'update']);
  call weir_open('edge', 'weir_relay', array['select']);
end $$;
call weir_open_derivations();
drop procedure weir_open_derivations();

/* A change of a list's days or of its being active reaches whoever derives from it. That usage froze it does not. */
create function price_list_changed() returns trigger language plpgsql as $$
begin
  insert into price_change (seller_id) values (new.seller_id)
  on conflict on constraint price_change_key do update set changed_at = clock_timestamp();
  return null;
end $$;
create trigger price_list_change_noted after update on price_list for each row
  when (old.is_active is distinct from new.is_active or (old.is_active and old.valid is distinct from new.valid))
  execute function price_list_changed();

/* So does a change of an active list's rates. */
create function price_rates_changed() returns trigger language plpgsql as $$
begin
  insert into price_change (seller_id) select distinct seller_id from changed where is_active order by seller_id
  on conflict on constraint price_change_key do update set changed_at = clock_timestamp();
  return null;
end $$;
create trigger price_rate_added_noted after insert on price_rate
  referencing new table as changed for each statement execute function price_rates_changed();
create trigger price_rate_removed_noted after delete on price_rate
  referencing old table as changed for each statement execute function price_rates_changed();

/* And that a reseller buys somewhere else. */
create function buy_edge_changed() returns trigger language plpgsql as $$
begin
  insert into price_change (seller_id)
  select id from organization where id = new.buyer_id and commercial_model is not null
  on conflict on constraint price_change_key do update set changed_at = clock_timestamp();
  return null;
end $$;
create trigger edge_opened_noted after insert on edge for each row
  when (new.kind = 'sale') execute function buy_edge_changed();
create trigger edge_days_noted after update on edge for each row
  when (new.kind = 'sale' and old.valid is distinct from new.valid) execute function buy_edge_changed();
