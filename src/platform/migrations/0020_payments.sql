-- What happens to an issued document: payments, write-offs, and the buyer's credit balance. Insert-only, each effect once.
-- Deploy before the code: nothing writes these tables yet.

/* Money that a buyer sent, or a payment that was taken back: a row of its own with the other sign. */
create table payment (
  id                 uuid not null constraint payment_key primary key,
  seller_id          uuid not null constraint payment_seller references organization,
  buyer_id           uuid not null constraint payment_buyer references organization,
  edge_id            uuid not null,
  currency           text not null,
  amount             numeric not null,
  received_on        date not null,
  reference          text not null constraint payment_reference_length check (length(reference) between 1 and 120),
  reverses           uuid constraint payment_reverses references payment,
  reason             text constraint payment_reason_length check (length(reason) between 1 and 500),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  constraint payment_on_edge foreign key (edge_id, seller_id, buyer_id) references edge (id, seller_id, buyer_id),
  constraint payment_reversed_once unique (reverses),
  constraint payment_sign check (case when reverses is null then amount > 0 else amount < 0 end),
  constraint payment_reversal_says_why check ((reverses is null) = (reason is null))
);
create unique index payment_reference_once on payment (seller_id, reference) where reverses is null;
create index payment_by_seller on payment (seller_id, id desc);
create index payment_seen_by_distributor on payment (see_distributor_id, id desc) where see_distributor_id is not null;
create index payment_seen_by_partner on payment (see_partner_id, id desc) where see_partner_id is not null;
create index payment_seen_by_tenant on payment (see_tenant_id, id desc) where see_tenant_id is not null;
call weir_open_edge('payment', array['select', 'insert']);

/* What settles a document, or is said about it: `amount` is what it takes off the open amount, negative where it was taken
   back, 0 for `overdue`. `source_id` is the payment, the credit note, or the row itself where it has no other source. */
create table invoice_event (
  id                 uuid not null constraint invoice_event_key primary key,
  invoice_id         uuid not null constraint invoice_event_invoice references invoice,
  seller_id          uuid not null,
  kind               text not null constraint invoice_event_kind_known check (kind in ('paid', 'credit_applied', 'credited', 'written_off', 'overdue')),
  amount             numeric not null constraint invoice_event_overdue_is_no_amount check (kind <> 'overdue' or amount = 0),
  currency           text not null,
  source_id          uuid not null,
  reason             text constraint invoice_event_reason_length check (length(reason) between 1 and 500),
  at                 timestamptz not null default clock_timestamp(),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint invoice_event_once unique (invoice_id, kind, source_id),
  constraint invoice_event_write_off_says_why check (kind <> 'written_off' or reason is not null)
);
create unique index invoice_event_overdue_once on invoice_event (invoice_id) where kind = 'overdue';
create index invoice_event_by_source on invoice_event (source_id);
call weir_open_edge('invoice_event', array['select', 'insert']);

/* The credit balance of a buyer with its seller, by currency: what came in over what was due, and what was drawn, negative. */
create table credit_entry (
  id                 uuid not null constraint credit_entry_key primary key,
  seller_id          uuid not null,
  buyer_id           uuid not null,
  edge_id            uuid not null,
  currency           text not null,
  kind               text not null constraint credit_entry_kind_known check (kind in ('overpaid', 'credited', 'applied', 'refunded')),
  amount             numeric not null constraint credit_entry_some check (amount <> 0),
  source_id          uuid not null,
  at                 timestamptz not null default clock_timestamp(),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint credit_entry_on_edge foreign key (edge_id, seller_id, buyer_id) references edge (id, seller_id, buyer_id),
  constraint credit_entry_once unique (kind, source_id)
);
create index credit_entry_of_buyer on credit_entry (seller_id, buyer_id, currency);
call weir_open_edge('credit_entry', array['select', 'insert']);

call weir_open('payment', 'weir_verify', array['select']);
call weir_open('invoice_event', 'weir_verify', array['select']);
call weir_open('credit_entry', 'weir_verify', array['select']);

/* Nothing settles more than is due, whoever settles at the same time: the document is locked first, its sum read afterwards. */
create function invoice_event_within_due() returns trigger language plpgsql as $$
begin
  perform from invoice where id in (select invoice_id from added) order by id for no key update;
  if exists (
    select from (select distinct invoice_id, seller_id, currency from added) touched
    left join invoice on invoice.id = touched.invoice_id and invoice.seller_id = touched.seller_id
      and invoice.currency = touched.currency and invoice.state = 'issued' and invoice.type = 'invoice'
    cross join lateral (select sum(amount) as settled from invoice_event where invoice_id = touched.invoice_id) summed
    where invoice.id is null or settled not between least(invoice.total, 0) and greatest(invoice.total, 0))
  then
    raise exception 'an issued invoice is settled up to its total and no further'
      using errcode = 'check_violation', constraint = 'invoice_event_within_due';
  end if;
  return null;
end $$;
create trigger invoice_event_settles after insert on invoice_event
  referencing new table as added for each statement execute function invoice_event_within_due();

/* A credit balance is never drawn below zero: the edge is locked first, the balance read afterwards. */
create function credit_entry_covered() returns trigger language plpgsql as $$
begin
  perform from edge where (seller_id, buyer_id) in (select seller_id, buyer_id from added) order by id for no key update;
  if exists (
    select from (select distinct seller_id, buyer_id, currency from added) touched
    cross join lateral (select sum(amount) as balance from credit_entry entry
      where (entry.seller_id, entry.buyer_id, entry.currency) = (touched.seller_id, touched.buyer_id, touched.currency)) summed
    where balance < 0)
  then
    raise exception 'a credit balance is not drawn below zero'
      using errcode = 'check_violation', constraint = 'credit_entry_covered';
  end if;
  return null;
end $$;
create trigger credit_entry_keeps_balance after insert on credit_entry
  referencing new table as added for each statement execute function credit_entry_covered();

create index invoice_due on invoice (seller_id, due_date) where state = 'issued';
