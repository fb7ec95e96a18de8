-- What a period would have come to with a draft price list. Its seller's alone, and apart from every figure that is billed.
-- Deploy before the code: nothing reads these tables yet.

create table price_simulation (
  id            uuid not null constraint price_simulation_key primary key,
  seller_id     uuid not null constraint price_simulation_seller references organization,
  org_id        uuid not null generated always as (seller_id) stored,
  period        text not null constraint price_simulation_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  price_list_id uuid not null,
  job_id        uuid not null constraint price_simulation_job references job,
  created_at    timestamptz not null default clock_timestamp()
);
create index price_simulation_by_seller on price_simulation (seller_id, id desc);
call weir_open_own('price_simulation', array['select', 'insert']);
call weir_open('price_simulation', 'weir_seller', array['select'], 'seller_id = (select weir_org())');

/* What one tenant's usage of one SKU comes to with the prices as they are and with the draft, rounded as its lines would be.
   Lines that only one side can price are counted, and in no amount. */
create table price_simulation_row (
  simulation_id  uuid not null constraint price_simulation_row_of_simulation references price_simulation on delete cascade,
  seller_id      uuid not null,
  org_id         uuid not null generated always as (seller_id) stored,
  tenant_id      uuid not null,
  partner_id     uuid not null,
  distributor_id uuid not null,
  sku_id         uuid not null constraint price_simulation_row_sku references sku,
  currency       text not null constraint price_simulation_row_currency_form check (currency ~ '^[A-Z]{3}$'),
  lines          int not null,
  before         numeric not null,
  after          numeric not null,
  parked_before  int not null,
  parked_after   int not null,
  constraint price_simulation_row_key primary key (simulation_id, tenant_id, sku_id, currency, partner_id, distributor_id)
);
call weir_open_own('price_simulation_row', array['select']);
call weir_open('price_simulation_row', 'weir_seller', array['select', 'insert'], 'seller_id = (select weir_org())');
call weir_open('price_simulation', 'weir_verify', array['select']);
call weir_open('price_simulation_row', 'weir_verify', array['select']);
