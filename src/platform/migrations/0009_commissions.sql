-- What agents earn on issued documents. Rules belong to their payer; earnings are insert-only.

create table commission_rule (
  id                 uuid not null constraint commission_rule_key primary key,
  payer_id           uuid not null constraint commission_rule_payer references organization,
  payee_id           uuid not null constraint commission_rule_payee references organization,
  currency           text not null constraint commission_rule_currency_form check (currency ~ '^[A-Z]{3}$'),
  basis              text not null default 'net' constraint commission_rule_basis_known check (basis in ('net')),
  scope              text not null default 'line' constraint commission_rule_scope_known check (scope in ('line', 'period')),
  tiers              jsonb not null constraint commission_rule_tiers_object check (jsonb_typeof(tiers) = 'object'),
  inheritable        boolean not null default true,
  valid              daterange not null constraint commission_rule_valid_form check (not isempty(valid) and not lower_inf(valid)),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint commission_rule_one_per_day exclude using gist (payer_id with =, payee_id with =, currency with =, valid with &&),
  constraint commission_rule_not_to_oneself check (payer_id <> payee_id)
);
create index commission_rule_by_payer on commission_rule (payer_id, id desc);
call weir_open_edge('commission_rule', array['select', 'insert', 'update'], 'payer_id');

create table earning (
  id                 uuid not null constraint earning_key primary key,
  payer_id           uuid not null constraint earning_payer references organization,
  payee_id           uuid not null constraint earning_payee references organization,
  rule_id            uuid not null constraint earning_rule references commission_rule,
  rule               jsonb not null constraint earning_rule_object check (jsonb_typeof(rule) = 'object'),
  invoice_id         uuid not null,
  line               int not null,
  part               int not null default 1,
  kind               text not null default 'earned' constraint earning_kind_known check (kind in ('earned')),
  period             text not null,
  currency           text not null,
  base               numeric not null,
  base_to_date       numeric not null,
  amount             numeric not null,
  job_id             uuid not null constraint earning_job references job,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint earning_of_line foreign key (invoice_id, line) references invoice_line (invoice_id, line),
  constraint earning_once unique (invoice_id, line, payee_id, kind, part)
);
create index earning_by_payer on earning (payer_id, period, payee_id);
create index earning_seen_by_platform on earning (see_platform_id, period) where see_platform_id is not null;
create index earning_seen_by_distributor on earning (see_distributor_id, period) where see_distributor_id is not null;
create index earning_seen_by_partner on earning (see_partner_id, period) where see_partner_id is not null;
call weir_open_edge('earning', array['select', 'insert'], 'payer_id');
