-- Discounts: what a seller takes off the documents of a buyer, and how much of it was used.
-- Deploy before the code. Without any discount documents are made as before.

/* Never changed but for an earlier end. `sku_id` and `subscription_id` narrow it; its limit is of its own currency. */
create table discount (
  id              uuid not null constraint discount_key primary key,
  seller_id       uuid not null constraint discount_seller references organization,
  buyer_id        uuid not null constraint discount_buyer references organization,
  name            text not null constraint discount_name_length check (length(name) between 1 and 200),
  scope           text not null constraint discount_scope_known check (scope in ('buyer', 'subscription', 'sku')),
  subscription_id uuid constraint discount_subscription references subscription,
  sku_id          uuid constraint discount_sku references sku,
  kind            text not null constraint discount_kind_known check (kind in ('percent', 'amount', 'free_quantity')),
  value           numeric not null constraint discount_value_positive check (value > 0),
  currency        text not null constraint discount_currency_form check (currency ~ '^[A-Z]{3}$'),
  valid           daterange not null constraint discount_valid_not_empty check (not isempty(valid)),
  limit_amount    numeric constraint discount_limit_positive check (limit_amount > 0),
  limit_periods   int constraint discount_periods_positive check (limit_periods > 0),
  created_at      timestamptz not null default clock_timestamp(),
  constraint discount_percent_range check (kind <> 'percent' or value <= 100),
  constraint discount_target_of_scope check (case scope
    when 'buyer' then subscription_id is null and sku_id is null
    when 'subscription' then subscription_id is not null
    else sku_id is not null end)
);
create index discount_by_seller on discount (seller_id, buyer_id);
create index discount_by_buyer on discount (buyer_id, id desc);

/* What a document used of a discount, and what there was left before. Insert-only: a discarded draft does not count. */
create table discount_use (
  discount_id uuid not null constraint discount_use_of_discount references discount,
  invoice_id  uuid not null constraint discount_use_invoice references invoice,
  seller_id   uuid not null,
  buyer_id    uuid not null,
  valid       daterange not null,
  available   numeric,
  amount      numeric not null constraint discount_use_positive check (amount > 0),
  used_at     timestamptz not null default clock_timestamp(),
  constraint discount_use_key primary key (discount_id, invoice_id),
  constraint discount_use_within_limit check (available is null or amount <= available)
);
create index discount_use_by_invoice on discount_use (invoice_id);

call weir_close('discount');
call weir_close('discount_use');
/* Seller and buyer read it; an agent between does not. Small tables: no page sorts millions here. */
create procedure weir_open_discounts() language plpgsql as $$
declare tier text;
begin
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open('discount', 'weir_' || tier, array['select'], '(select weir_org()) in (seller_id, buyer_id)');
    call weir_open('discount_use', 'weir_' || tier, array['select'],
      '(select weir_org()) in (seller_id, buyer_id) and exists (select from invoice where invoice.id = invoice_id)');
    if tier <> 'tenant' then
      call weir_open('discount', 'weir_' || tier, array['insert'], 'seller_id = (select weir_org())');
      execute format('grant update (valid) on discount to %I', 'weir_' || tier);
      execute format('create policy %I on discount for update to %I using (seller_id = (select weir_org()))', 'weir_' || tier || '_update', 'weir_' || tier);
    end if;
  end loop;
end $$;
call weir_open_discounts();
drop procedure weir_open_discounts();
call weir_open('discount', 'weir_seller', array['select'], 'seller_id = (select weir_org())');
call weir_open('discount_use', 'weir_seller', array['select', 'insert'], 'seller_id = (select weir_org())');
call weir_open('discount', 'weir_verify', array['select']);
call weir_open('discount_use', 'weir_verify', array['select']);
