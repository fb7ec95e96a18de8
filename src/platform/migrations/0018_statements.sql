-- What agents earn by richer rules, what is taken back from them, and the statements that collect both. Deploy before the
-- code: an earning that was written before says what it said, and gets the statement of its payee and month.

/* What one payee earns from one payer in a month and currency. It collects while it is open; `approved` is what was owed
   when it was approved, by somebody else than who opened the review. */
create table statement (
  id                 uuid not null constraint statement_key primary key,
  payer_id           uuid not null constraint statement_payer references organization,
  payee_id           uuid not null constraint statement_payee references organization,
  period             text not null constraint statement_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  currency           text not null,
  state              text not null default 'open' constraint statement_state_known check (state in ('open', 'in_review', 'approved', 'paid')),
  review_until       date,
  reviewed_by        uuid,
  accepted_by        uuid,
  accepted_at        timestamptz,
  approved_by        uuid,
  approved_at        timestamptz,
  approved           numeric,
  version            int not null default 1,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  constraint statement_once unique (payer_id, payee_id, currency, period),
  constraint statement_reviewed check ((state = 'open') = (review_until is null and reviewed_by is null)),
  constraint statement_approved check ((state in ('approved', 'paid')) = (num_nonnulls(approved_by, approved_at, approved) = 3)),
  constraint statement_not_approved check (state in ('approved', 'paid') or num_nonnulls(approved_by, approved_at, approved) = 0),
  constraint statement_by_two_people check (approved_by <> reviewed_by)
);
create index statement_seen_by_platform on statement (see_platform_id, period desc, id desc) where see_platform_id is not null;
create index statement_seen_by_distributor on statement (see_distributor_id, period desc, id desc) where see_distributor_id is not null;
create index statement_seen_by_partner on statement (see_partner_id, period desc, id desc) where see_partner_id is not null;
call weir_open_edge('statement', array['select', 'insert', 'update'], 'payer_id');
call weir_open('statement', 'weir_verify', array['select']);

/* `retier` and `reversal` take back what a credit note does: they name the earning that they reduce. An earning that is
   split or partly held is one row per part: `whole` is what all parts add up to, the others name the first by `share_of`.
   `uncapped_to_date` is what lines earned before a cap or floor on their sum. The statement is looked up once for each
   payee of a run, and is what `./weir verify` says it is: a foreign key would look it up again for every row. */
alter table earning
  drop constraint earning_kind_known,
  add constraint earning_kind_known check (kind in ('earned', 'retier', 'reversal')),
  add statement_id uuid,
  add held_until date,
  add whole numeric,
  add uncapped_to_date numeric,
  add payment_id uuid,
  add reverses uuid constraint earning_reverses references earning,
  add share_of uuid constraint earning_share_of references earning,
  add constraint earning_takes_back_from check ((kind = 'earned') = (reverses is null)),
  drop constraint earning_once;
create unique index earning_once on earning (invoice_id, line, payee_id, service_start)
  where share_of is null and reverses is null and payment_id is null;
create unique index earning_paid_once on earning (invoice_id, line, payee_id, service_start, payment_id)
  where share_of is null and reverses is null and payment_id is not null;
create unique index earning_taken_back_once on earning (reverses, invoice_id) where share_of is null and reverses is not null;
create unique index earning_shared_once on earning (share_of, payee_id, (held_until is not null)) where share_of is not null;

/* Who writes what was there before: nobody else may ever change an earning, so the right goes with this file. */
call weir_open('statement', 'weir_backfill', array['select', 'insert']);
call weir_open('earning', 'weir_backfill', array['select', 'update']);
set local role weir_backfill;
insert into statement (id, payer_id, payee_id, period, currency, see_platform_id, see_distributor_id, see_partner_id)
select gen_random_uuid(), payer_id, payee_id, period, currency, see_platform_id, see_distributor_id, see_partner_id
from earning group by payer_id, payee_id, period, currency, see_platform_id, see_distributor_id, see_partner_id;
update earning set statement_id = statement.id from statement
where (statement.payer_id, statement.payee_id, statement.period, statement.currency)
  = (earning.payer_id, earning.payee_id, earning.period, earning.currency);
reset role;
drop policy weir_backfill_select on earning;
drop policy weir_backfill_update on earning;
revoke all on earning from weir_backfill;
drop policy weir_backfill_select on statement;
drop policy weir_backfill_insert on statement;
revoke all on statement from weir_backfill;
alter table earning alter statement_id set not null;
create index earning_by_statement on earning (statement_id);

/* A line that goes on to another statement: disputed or still held when its own was approved. */
create table statement_move (
  earning_id         uuid not null constraint statement_move_earning references earning,
  from_id            uuid not null constraint statement_move_from references statement,
  to_id              uuid not null constraint statement_move_to references statement,
  why                text not null constraint statement_move_why_known check (why in ('disputed', 'held')),
  payer_id           uuid not null,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint statement_move_key primary key (earning_id, from_id),
  constraint statement_move_onward check (from_id <> to_id)
);
create index statement_move_by_origin on statement_move (from_id);
create index statement_move_by_target on statement_move (to_id);
call weir_open_edge('statement_move', array['select', 'insert'], 'payer_id');
call weir_open('statement_move', 'weir_verify', array['select']);

/* What the payee says about a line: disputed with a reason, or accepted after all. */
create table earning_dispute (
  earning_id         uuid not null constraint earning_dispute_key primary key constraint earning_dispute_earning references earning,
  payer_id           uuid not null,
  payee_id           uuid not null,
  state              text not null constraint earning_dispute_state_known check (state in ('disputed', 'accepted')),
  reason             text not null constraint earning_dispute_reason_length check (length(reason) between 1 and 500),
  said_by            uuid,
  version            int not null default 1,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp()
);
call weir_open_edge('earning_dispute', array['select'], 'payer_id');
call weir_open('earning_dispute', 'weir_verify', array['select']);
/* The payee speaks for itself, and accepts its statements; it changes nothing else of them. */
create procedure weir_open_payees() language plpgsql as $$
declare tier text;
begin
  foreach tier in array array['distributor', 'partner'] loop
    call weir_open('earning_dispute', 'weir_' || tier, array['insert', 'update'], 'payee_id = (select weir_org())');
    execute format('grant update (accepted_by, accepted_at, version, updated_at) on statement to %I', 'weir_' || tier);
    execute format('create policy %I on statement for update to %I using (payee_id = (select weir_org())) with check (payee_id = (select weir_org()))',
      'weir_' || tier || '_update', 'weir_' || tier);
  end loop;
end $$;
call weir_open_payees();
drop procedure weir_open_payees();

/* A rule of any basis never changes; which are known grows. */
alter table commission_rule
  drop constraint commission_rule_basis_known,
  add constraint commission_rule_basis_known check (basis in ('net', 'margin', 'collected'));
create index invoice_credit_notes on invoice (seller_id, number_year, number_sequence) where type = 'credit_note';
