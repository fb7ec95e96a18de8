-- Credit that sellers grant without money, valid for some days, and what became of it. Insert-only, each effect once.
-- Deploy before the code: nothing writes these tables yet.

/* What a seller gave a buyer: `amount` may be drawn by documents that are issued while it is valid, in UTC days. */
create table credit_grant (
  id                 uuid not null constraint credit_grant_key primary key,
  seller_id          uuid not null constraint credit_grant_seller references organization,
  buyer_id           uuid not null constraint credit_grant_buyer references organization,
  edge_id            uuid not null,
  currency           text not null,
  amount             numeric not null constraint credit_grant_positive check (amount > 0),
  purpose            text not null constraint credit_grant_purpose_known check (purpose in ('promotion', 'goodwill', 'service_level')),
  reason             text not null constraint credit_grant_reason_length check (length(reason) between 1 and 500),
  valid              daterange not null constraint credit_grant_valid_not_empty check (not isempty(valid) and not lower_inf(valid)),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint credit_grant_on_edge foreign key (edge_id, seller_id, buyer_id) references edge (id, seller_id, buyer_id),
  constraint credit_grant_of_seller unique (id, seller_id, currency)
);
create index credit_grant_of_buyer on credit_grant (seller_id, buyer_id, currency);
create index credit_grant_by_seller on credit_grant (seller_id, id desc);
create index credit_grant_seen_by_distributor on credit_grant (see_distributor_id, id desc) where see_distributor_id is not null;
create index credit_grant_seen_by_partner on credit_grant (see_partner_id, id desc) where see_partner_id is not null;
create index credit_grant_seen_by_tenant on credit_grant (see_tenant_id, id desc) where see_tenant_id is not null;
call weir_open_edge('credit_grant', array['select', 'insert']);

/* What happened to a grant: it was granted once, drawn by settlements of documents (`source_id`), and what was left of it
   expired or was voided, once. What is left is the sum. */
create table credit_grant_entry (
  id                 uuid not null constraint credit_grant_entry_key primary key,
  grant_id           uuid not null,
  seller_id          uuid not null,
  currency           text not null,
  kind               text not null constraint credit_grant_entry_kind_known check (kind in ('granted', 'drawn', 'expired', 'voided')),
  amount             numeric not null constraint credit_grant_entry_sign check (amount <> 0 and (kind = 'granted') = (amount > 0)),
  on_day             date not null,
  source_id          uuid not null,
  reason             text constraint credit_grant_entry_reason_length check (length(reason) between 1 and 500),
  at                 timestamptz not null default clock_timestamp(),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint credit_grant_entry_of_grant foreign key (grant_id, seller_id, currency) references credit_grant (id, seller_id, currency),
  constraint credit_grant_entry_once unique (source_id, kind),
  constraint credit_grant_entry_void_says_why check ((kind = 'voided') = (reason is not null))
);
create unique index credit_grant_entry_granted_once on credit_grant_entry (grant_id) where kind = 'granted';
create unique index credit_grant_entry_ended_once on credit_grant_entry (grant_id) where kind in ('expired', 'voided');
create index credit_grant_entry_of_grant on credit_grant_entry (grant_id, id);
call weir_open_edge('credit_grant_entry', array['select', 'insert']);

call weir_open('credit_grant', 'weir_verify', array['select']);
call weir_open('credit_grant_entry', 'weir_verify', array['select']);
/* Finds what ends, and what keeps an organization from being closed. */
call weir_open('credit_grant', 'weir_relay', array['select']);
call weir_open('credit_grant_entry', 'weir_relay', array['select']);
call weir_open('credit_grant', 'weir_chain', array['select']);
call weir_open('credit_grant_entry', 'weir_chain', array['select']);

/* A grant is drawn on its days and never below zero, whoever draws at once: the edge is locked first, the sum read afterwards. */
create function credit_grant_covered() returns trigger language plpgsql as $$
begin
  perform from edge where (seller_id, buyer_id) in (
    select credit_grant.seller_id, buyer_id from added join credit_grant on credit_grant.id = added.grant_id)
    order by id for no key update;
  if exists (
    select from added join credit_grant on credit_grant.id = added.grant_id
    where added.kind = 'drawn' and not valid @> on_day or added.kind = 'expired' and not valid << daterange(on_day, on_day, '[]'))
  then
    raise exception 'granted credit is drawn while it is valid and expires afterwards'
      using errcode = 'check_violation', constraint = 'credit_grant_in_time';
  end if;
  if exists (
    select from (select distinct grant_id from added) touched
    join credit_grant on credit_grant.id = touched.grant_id
    cross join lateral (select sum(amount) as rest from credit_grant_entry where grant_id = touched.grant_id) summed
    where rest not between 0 and credit_grant.amount)
  then
    raise exception 'granted credit is not drawn below zero'
      using errcode = 'check_violation', constraint = 'credit_grant_covered';
  end if;
  return null;
end $$;
create trigger credit_grant_keeps_balance after insert on credit_grant_entry
  referencing new table as added for each statement execute function credit_grant_covered();

/* What is granted costs the seller: an account of its own, and documents of its own. */
alter table posting
  drop constraint posting_account_known,
  add constraint posting_account_known check (account in (
    'receivable', 'revenue', 'tax_payable', 'credit_balance', 'credits_granted', 'discount', 'write_off', 'fx_difference',
    'commission_expense', 'commission_accrued', 'commission_payable', 'bank')),
  drop constraint posting_document_known,
  add constraint posting_document_known check (document_type in (
    'invoice', 'credit_note', 'payment', 'write_off', 'credit', 'credit_grant', 'earning', 'statement', 'payout', 'payout_return'));
alter table account_code
  drop constraint account_code_account_known,
  add constraint account_code_account_known check (account in (
    'receivable', 'revenue', 'tax_payable', 'credit_balance', 'credits_granted', 'discount', 'write_off', 'fx_difference',
    'commission_expense', 'commission_accrued', 'commission_payable', 'bank'));
