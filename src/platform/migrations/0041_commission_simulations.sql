-- What the documents of a period would have earned by a draft rule. Its payer's alone, and apart from every earning. Deploy
-- before the code: nothing reads these tables yet.

create table commission_simulation (
  id          uuid not null constraint commission_simulation_key primary key,
  payer_id    uuid not null constraint commission_simulation_payer references organization,
  org_id      uuid not null generated always as (payer_id) stored,
  period      text not null constraint commission_simulation_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  payee_id    uuid not null constraint commission_simulation_payee references organization,
  currency    text not null constraint commission_simulation_currency_form check (currency ~ '^[A-Z]{3}$'),
  basis       text not null constraint commission_simulation_basis_known check (basis in ('net', 'margin')),
  terms       jsonb not null constraint commission_simulation_terms_object check (jsonb_typeof(terms) = 'object'),
  inheritable boolean not null,
  job_id      uuid not null constraint commission_simulation_job references job,
  created_at  timestamptz not null default clock_timestamp()
);
call weir_open_own('commission_simulation', array['select', 'insert']);
call weir_open('commission_simulation', 'weir_seller', array['select'], 'payer_id = (select weir_org())');
call weir_open('commission_simulation', 'weir_verify', array['select']);

/* What one payee earns on one tenant's lines of one SKU by the rules as they are and by the draft. Lines that only one side
   knows are counted, and in no amount. */
create table commission_simulation_row (
  simulation_id  uuid not null constraint commission_simulation_row_of_simulation references commission_simulation on delete cascade,
  payer_id       uuid not null,
  org_id         uuid not null generated always as (payer_id) stored,
  payee_id       uuid not null,
  tenant_id      uuid not null,
  partner_id     uuid not null,
  distributor_id uuid not null,
  sku_id         uuid not null constraint commission_simulation_row_sku references sku,
  currency       text not null constraint commission_simulation_row_currency_form check (currency ~ '^[A-Z]{3}$'),
  lines          int not null,
  before         numeric not null,
  after          numeric not null,
  unknown        int not null,
  constraint commission_simulation_row_key
    primary key (simulation_id, payee_id, tenant_id, partner_id, distributor_id, sku_id, currency)
);
call weir_open_own('commission_simulation_row', array['select']);
call weir_open('commission_simulation_row', 'weir_seller', array['select', 'insert'], 'payer_id = (select weir_org())');
call weir_open('commission_simulation_row', 'weir_verify', array['select']);
