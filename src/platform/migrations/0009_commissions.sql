-- What agents earn on issued documents. Rules belong to their payer; earnings are insert-only.

/* One version of what a payer grants a payee. `terms` holds scope and tiers; `used_until` is the end of the last service
   days that an earning was computed for. */
create table commission_rule (
  id                 uuid not null constraint commission_rule_key primary key,
  payer_id           uuid not null constraint commission_rule_payer references organization,
  payee_id           uuid not null constraint commission_rule_payee references organization,
  currency           text not null constraint commission_rule_currency_form check (currency ~ '^[A-Z]{3}$'),
  basis              text not null default 'net' constraint commission_rule_basis_known check (basis in ('net')),
  terms              jsonb not null constraint commission_rule_terms_object check (jsonb_typeof(terms) = 'object'),
  inheritable        boolean not null default true,
  valid              daterange not null constraint commission_rule_valid_form check (not isempty(valid) and not lower_inf(valid)),
  used_until         date,
  version            int not null default 1,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  constraint commission_rule_of_payer unique (id, payer_id, currency),
  constraint commission_rule_one_per_day exclude using gist (payer_id with =, payee_id with =, currency with =, valid with &&),
  constraint commission_rule_not_to_oneself check (payer_id <> payee_id),
  constraint commission_rule_covers_its_use check (used_until is null or upper_inf(valid) or used_until <= upper(valid))
);
create index commission_rule_seen_by_platform on commission_rule (see_platform_id, id desc) where see_platform_id is not null;
create index commission_rule_seen_by_distributor on commission_rule (see_distributor_id, id desc) where see_distributor_id is not null;
create index commission_rule_seen_by_partner on commission_rule (see_partner_id, id desc) where see_partner_id is not null;
call weir_open_edge('commission_rule', array['select', 'insert', 'update'], 'payer_id');

/* A rule never changes: its end may come earlier, and its use only grows. */
create function commission_rule_is_fixed() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and lower(new.valid) = lower(old.valid) and new.valid <@ old.valid
    and (old.used_until is null or new.used_until >= old.used_until)
    and (new.id, new.payer_id, new.payee_id, new.currency, new.basis, new.terms, new.inheritable, new.created_at,
         new.see_platform_id, new.see_distributor_id, new.see_partner_id, new.see_tenant_id)
      is not distinct from (old.id, old.payer_id, old.payee_id, old.currency, old.basis, old.terms, old.inheritable, old.created_at,
         old.see_platform_id, old.see_distributor_id, old.see_partner_id, old.see_tenant_id)
  then
    return new;
  end if;
  raise exception 'a commission rule never changes but for an earlier end'
    using errcode = 'check_violation', constraint = 'commission_rule_is_fixed';
end $$;
create trigger commission_rule_fixed before update or delete on commission_rule for each row execute function commission_rule_is_fixed();

/* What one payee earns on one line, for the service days of one rule version. `rule` is a snapshot: the payee of an
   inherited rule can not read the rule itself. The figures to date are those of the rule's scope, this earning included;
   `position` numbers the earnings of a rule that counts the period to date, so that no two can follow the same one.
   The job may be cleared away once it is old: no foreign key. */
create table earning (
  id                 uuid not null constraint earning_key primary key,
  payer_id           uuid not null,
  payee_id           uuid not null constraint earning_payee references organization,
  rule_id            uuid not null,
  rule               jsonb not null constraint earning_rule_object check (jsonb_typeof(rule) = 'object'),
  invoice_id         uuid not null,
  line               int not null,
  service_start      date not null,
  service_end        date not null,
  kind               text not null default 'earned' constraint earning_kind_known check (kind in ('earned')),
  period             text not null constraint earning_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  currency           text not null,
  base               numeric not null,
  base_to_date       numeric not null,
  amount             numeric not null,
  amount_to_date     numeric not null,
  position           int constraint earning_position_positive check (position > 0),
  job_id             uuid not null,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint earning_by_rule foreign key (rule_id, payer_id, currency) references commission_rule (id, payer_id, currency),
  constraint earning_of_line foreign key (invoice_id, line) references invoice_line (invoice_id, line),
  constraint earning_once unique (invoice_id, line, payee_id, kind, service_start),
  constraint earning_half_open check (service_end > service_start)
);
create unique index earning_in_turn on earning (rule_id, payee_id, period, position) where position is not null;
create index earning_seen_by_platform on earning (see_platform_id, period desc, id desc) where see_platform_id is not null;
create index earning_seen_by_distributor on earning (see_distributor_id, period desc, id desc) where see_distributor_id is not null;
create index earning_seen_by_partner on earning (see_partner_id, period desc, id desc) where see_partner_id is not null;
call weir_open_edge('earning', array['select', 'insert'], 'payer_id');
