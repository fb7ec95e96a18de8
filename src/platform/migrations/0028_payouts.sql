-- Batches that pay approved statements. Deploy before the code: nothing writes these tables yet.

create table payout (
  id                 uuid not null constraint payout_key primary key,
  payer_id           uuid not null constraint payout_payer references organization,
  currency           text not null constraint payout_currency_form check (currency ~ '^[A-Z]{3}$'),
  minimum            numeric not null constraint payout_minimum_not_negative check (minimum >= 0),
  total              numeric not null constraint payout_pays_something check (total > 0),
  state              text not null default 'draft' constraint payout_state_known check (state in ('draft', 'approved', 'sent', 'settled', 'partly_returned')),
  made_by            uuid not null,
  approved_by        uuid,
  approved_at        timestamptz,
  sent_at            timestamptz,
  settled_at         timestamptz,
  version            int not null default 1,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  constraint payout_by_two_people check (approved_by <> made_by),
  constraint payout_approved check ((state = 'draft') = (approved_by is null and approved_at is null)),
  constraint payout_of_payer unique (id, payer_id, currency)
);
create index payout_by_payer on payout (payer_id, id desc);
call weir_open_edge('payout', array['select', 'insert', 'update'], 'payer_id');
call weir_open('payout', 'weir_verify', array['select']);

/* What came back of a batch, once each time. */
create table payout_return (
  id                 uuid not null constraint payout_return_key primary key,
  payout_id          uuid not null,
  payer_id           uuid not null,
  currency           text not null,
  amount             numeric not null constraint payout_return_positive check (amount > 0),
  reason             text not null constraint payout_return_reason_length check (length(reason) between 1 and 500),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint payout_return_of_payout foreign key (payout_id, payer_id, currency) references payout (id, payer_id, currency)
);
create index payout_return_by_payout on payout_return (payout_id);
call weir_open_edge('payout_return', array['select', 'insert'], 'payer_id');
call weir_open('payout_return', 'weir_verify', array['select']);

/* The statements that a batch pays. A statement is in one batch at most, unless that payment came back. */
create table payout_statement (
  payout_id          uuid not null,
  statement_id       uuid not null constraint payout_statement_statement references statement,
  payer_id           uuid not null,
  payee_id           uuid not null,
  currency           text not null,
  amount             numeric not null,
  return_id          uuid constraint payout_statement_return references payout_return,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint payout_statement_key primary key (payout_id, statement_id),
  constraint payout_statement_of_payout foreign key (payout_id, payer_id, currency) references payout (id, payer_id, currency)
);
create unique index payout_statement_paid_once on payout_statement (statement_id) where return_id is null;
create index payout_statement_by_statement on payout_statement (statement_id);
call weir_open_edge('payout_statement', array['select', 'insert', 'update'], 'payer_id');
call weir_open('payout_statement', 'weir_verify', array['select']);
