-- From rated buckets to issued documents and the ledger. All written by money duties: one seller a transaction.

/* Which buyers' amounts are out of date: new usage or a new price came. Marked by whoever changes an input, in its transaction. */
create table rating_due (
  seller_id uuid not null,
  edge_id   uuid not null constraint rating_due_edge references edge,
  tenant_id uuid not null,
  period    text not null,
  marked_at timestamptz not null default clock_timestamp(),
  constraint rating_due_key primary key (seller_id, period, edge_id, tenant_id)
);
call weir_close('rating_due');
call weir_open('rating_due', 'weir_ingest', array['select', 'insert', 'update']);
call weir_open('rating_due', 'weir_seller', array['select', 'insert', 'update', 'delete'], 'seller_id = (select weir_org())');
call weir_open('rating_due', 'weir_relay', array['select']);
call weir_open('chain_edge', 'weir_ingest', array['select']);
call weir_open('edge', 'weir_ingest', array['select']);
call weir_open('chain', 'weir_ingest', array['select']);

/* What a seller bills for one period at one time. `issue` asks to go on to issuing where the period is closed. */
create table billing_run (
  id         uuid not null constraint billing_run_key primary key,
  seller_id  uuid not null constraint billing_run_seller references organization,
  org_id     uuid not null generated always as (seller_id) stored,
  period     text not null constraint billing_run_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  job_id     uuid not null constraint billing_run_job references job,
  issue      boolean not null default false,
  discard_job_id uuid constraint billing_run_discard_job references job,
  state      text not null default 'queued' constraint billing_run_state_known check (state in ('queued', 'rating', 'drafted', 'issuing', 'done', 'cancelled')),
  invoices   int not null default 0,
  lines      int not null default 0,
  parked     int not null default 0,
  issued     int not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create unique index billing_run_one_active on billing_run (seller_id, period) where state in ('queued', 'rating', 'drafted', 'issuing');
create index billing_run_by_seller on billing_run (seller_id, id desc);
call weir_open_own('billing_run', array['select']);
call weir_open('billing_run', 'weir_seller', array['select', 'insert', 'update'], 'seller_id = (select weir_org())');
call weir_open('billing_run', 'weir_relay', array['select']);

create table invoice (
  id                 uuid not null constraint invoice_key primary key,
  type               text not null default 'invoice' constraint invoice_type_known check (type in ('invoice')),
  seller_id          uuid not null,
  buyer_id           uuid not null,
  edge_id            uuid not null,
  run_id             uuid not null constraint invoice_run references billing_run,
  period             text not null,
  currency           text not null,
  currency_digits    smallint not null,
  state              text not null default 'draft' constraint invoice_state_known check (state in ('draft', 'parked', 'discarded', 'issued')),
  parked_for         text,
  number             text,
  number_year        int,
  number_sequence    int,
  issue_date         date,
  due_date           date,
  net                numeric not null default 0,
  tax                numeric not null default 0,
  total              numeric not null default 0,
  lines              int not null default 0,
  parties            jsonb constraint invoice_parties_object check (jsonb_typeof(parties) = 'object'),
  body_hash          bytea,
  hash               bytea,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  version            int not null default 1,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  issued_at          timestamptz,
  constraint invoice_on_edge foreign key (edge_id, seller_id, buyer_id) references edge (id, seller_id, buyer_id),
  constraint invoice_one_per_run unique (run_id, edge_id),
  constraint invoice_number_once unique (seller_id, type, number_year, number_sequence),
  constraint invoice_adds_up check (total = net + tax),
  constraint invoice_issued_complete check (state <> 'issued' or num_nonnulls(number, number_year, number_sequence, issue_date, due_date, parties, body_hash, hash, issued_at) = 9),
  constraint invoice_parked_says_why check ((state = 'parked') = (parked_for is not null))
);
create index invoice_by_run on invoice (run_id, state, id);
create index invoice_by_seller on invoice (seller_id, period, id);
create index invoice_seen_by_platform on invoice (see_platform_id, id desc) where see_platform_id is not null;
create index invoice_seen_by_distributor on invoice (see_distributor_id, id desc) where see_distributor_id is not null;
create index invoice_seen_by_partner on invoice (see_partner_id, id desc) where see_partner_id is not null;
create index invoice_seen_by_tenant on invoice (see_tenant_id, id desc) where see_tenant_id is not null;
/* Drafts are their seller's alone; the others on the edge see what is issued. */
create procedure weir_open_documents() language plpgsql as $$
declare tier text;
begin
  call weir_close('invoice');
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open('invoice', 'weir_' || tier, array['select'],
      format('see_%s_id = (select weir_org()) and (state = ''issued'' or seller_id = (select weir_org()))', tier));
  end loop;
  call weir_open('invoice', 'weir_seller', array['select', 'insert', 'update'], 'seller_id = (select weir_org())');
end $$;
call weir_open_documents();
drop procedure weir_open_documents();

create table invoice_line (
  invoice_id         uuid not null,
  line               int not null constraint invoice_line_positive check (line > 0),
  kind               text not null constraint invoice_line_kind_known check (kind in ('usage', 'late')),
  subscription_id    uuid not null,
  tenant_id          uuid not null,
  sku_id             uuid not null,
  service_period     text not null,
  region_id          uuid not null,
  service_start      date not null,
  service_end        date not null,
  quantity           numeric not null,
  quantity_before    numeric not null default 0,
  unrounded          numeric not null,
  net                numeric not null,
  tax_category       text,
  price_rate_id      uuid not null constraint invoice_line_price_rate references price_rate,
  seller_id          uuid not null,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint invoice_line_key primary key (invoice_id, line),
  constraint invoice_line_half_open check (service_end > service_start)
);
create index invoice_line_by_subscription on invoice_line (subscription_id, service_period);
call weir_close('invoice_line');
/* Who sees the document sees its lines. */
create procedure weir_open_lines() language plpgsql as $$
declare tier text;
begin
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open('invoice_line', 'weir_' || tier, array['select'],
      format('see_%s_id = (select weir_org()) and exists (select from invoice where invoice.id = invoice_id)', tier));
  end loop;
  call weir_open('invoice_line', 'weir_seller', array['select', 'insert'], 'seller_id = (select weir_org())');
end $$;
call weir_open_lines();
drop procedure weir_open_lines();

/* What one edge owes for one SKU of one subscription and one price version, before rounding. Its key is its place on
   the document: a seller's period lies together, in the order of documents and lines. `region_id` is nil unless the price
   is that region's own; `quantity_before` is what was posted for late usage's days in earlier periods. Edges are never
   deleted and used rates neither, and buckets are written from a join with them: a foreign key would only look up each
   of them again, row by row. */
create table rated_bucket (
  seller_id          uuid not null,
  period             text not null,
  edge_id            uuid not null,
  tenant_id          uuid not null,
  subscription_id    uuid not null,
  sku_id             uuid not null,
  service_period     text not null,
  region_id          uuid not null,
  service_start      date not null,
  service_end        date not null,
  chain_id           uuid not null,
  buyer_id           uuid not null,
  partner_id         uuid not null,
  distributor_id     uuid not null,
  plan_version_id    uuid not null,
  quantity           numeric not null,
  quantity_before    numeric not null default 0,
  currency           text not null,
  currency_digits    smallint not null,
  price_rate_id      uuid,
  unrounded          numeric,
  state              text not null constraint rated_bucket_state_known check (state in ('fresh', 'parked', 'drafted', 'billed')),
  parked_for         text,
  invoice_id         uuid,
  rated_at           timestamptz not null default clock_timestamp(),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint rated_bucket_key primary key (seller_id, period, edge_id, tenant_id, subscription_id, sku_id, service_period, region_id, service_start),
  constraint rated_bucket_parked_says_why check ((state = 'parked') = (parked_for is not null)),
  constraint rated_bucket_priced_or_parked check ((state = 'parked') = (unrounded is null) and (unrounded is null) = (price_rate_id is null)),
  constraint rated_bucket_on_paper check ((state in ('drafted', 'billed')) = (invoice_id is not null)),
  constraint rated_bucket_half_open check (service_end > service_start),
  constraint rated_bucket_served_before_posted check (service_period <= period)
) with (fillfactor = 50);
create index rated_bucket_seen_by_distributor on rated_bucket (see_distributor_id, period, tenant_id) where see_distributor_id is not null;
create index rated_bucket_seen_by_partner on rated_bucket (see_partner_id, period, tenant_id) where see_partner_id is not null;
create index rated_bucket_seen_by_tenant on rated_bucket (see_tenant_id, period) where see_tenant_id is not null;
call weir_open_edge('rated_bucket', array['select', 'insert', 'update', 'delete']);

/* Gapless numbers per seller, document type and year of the seller's zone. */
create table number_series (
  seller_id     uuid not null constraint number_series_seller references organization,
  document_type text not null,
  year          int not null,
  last          int not null default 0,
  constraint number_series_key primary key (seller_id, document_type, year)
);
call weir_close('number_series');
call weir_open('number_series', 'weir_seller', array['select', 'insert', 'update'], 'seller_id = (select weir_org())');

/* Double entry: debit positive, credit negative, one statement per document and book. */
create table posting (
  id                 uuid not null constraint posting_key primary key,
  book_id            uuid not null constraint posting_book references organization,
  account            text not null constraint posting_account_known check (account in (
    'receivable', 'revenue', 'tax_payable', 'credit_balance', 'discount', 'write_off', 'fx_difference',
    'commission_expense', 'commission_accrued', 'commission_payable', 'bank')),
  currency           text not null constraint posting_currency_form check (currency ~ '^[A-Z]{3}$'),
  amount             numeric not null,
  document_type      text not null constraint posting_document_known check (document_type in ('invoice', 'earning')),
  document_id        uuid not null,
  posted_at          timestamptz not null default clock_timestamp(),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint posting_once unique (book_id, document_type, document_id, account, currency)
);
call weir_open_edge('posting', array['select', 'insert'], 'book_id');

/* The books balance in the database too: looked at the rows of the statement, so that forced row security cannot hide any. */
create function posting_must_balance() returns trigger language plpgsql as $$
begin
  if exists (select from posted group by book_id, currency, document_id having sum(amount) <> 0) then
    raise exception 'postings of a document must add up to zero per book and currency'
      using errcode = 'check_violation', constraint = 'posting_must_balance';
  end if;
  return null;
end $$;
create trigger posting_balances after insert on posting
  referencing new table as posted for each statement execute function posting_must_balance();

/* An issued document never changes; a draft changes only its state, its number and its totals. */
create function invoice_is_final() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or old.state in ('issued', 'discarded') then
    raise exception 'an issued or discarded document never changes, and none is deleted'
      using errcode = 'check_violation', constraint = 'invoice_is_final';
  end if;
  return new;
end $$;
create trigger invoice_never_changes before update or delete on invoice for each row execute function invoice_is_final();

/* Lines belong to a draft that exists. One look per document, in place of a foreign key's one per line; by its key, since
   a plan that was made while the table was small would read all of it. */
create function invoice_line_on_draft() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select from (select distinct invoice_id from added) document
    left join lateral (select state from invoice where id = document.invoice_id offset 0) invoice on true
    where invoice.state is distinct from 'draft')
  then
    raise exception 'lines are added to drafts only'
      using errcode = 'check_violation', constraint = 'invoice_line_on_draft';
  end if;
  return null;
end $$;
create trigger invoice_line_only_on_draft after insert on invoice_line
  referencing new table as added for each statement execute function invoice_line_on_draft();

/* A list that priced usage is frozen: a change is a new version. Only its end may come earlier, never before a day that is on paper. */
create function price_list_is_frozen() returns trigger language plpgsql as $$
begin
  if old.state <> 'used' then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  if tg_op = 'UPDATE' and lower(new.valid) = lower(old.valid) and new.valid <@ old.valid
    and (new.id, new.kind, new.seller_id, new.code, new.currency, new.scope, new.target_id, new.buyer_id, new.state)
      is not distinct from (old.id, old.kind, old.seller_id, old.code, old.currency, old.scope, old.target_id, old.buyer_id, old.state)
    and (new.valid = old.valid or not exists (
      select from invoice
      join invoice_line on invoice_line.invoice_id = invoice.id and invoice_line.service_end > upper(new.valid)
      join price_rate on price_rate.id = invoice_line.price_rate_id and price_rate.price_list_id = old.id
      where invoice.seller_id = old.seller_id and invoice.period >= to_char(upper(new.valid), 'YYYY-MM') and invoice.state <> 'discarded'))
  then
    return new;
  end if;
  raise exception 'a price list that priced usage is frozen'
    using errcode = 'check_violation', constraint = 'price_list_is_frozen';
end $$;
create trigger price_list_frozen before update or delete on price_list for each row execute function price_list_is_frozen();

/* The rates of a frozen list: what may move is their validity, with the list's, by the cascade. */
create function price_rate_is_frozen() returns trigger language plpgsql as $$
begin
  if exists (select from price_list where id in (old.price_list_id, new.price_list_id) and state = 'used')
    and (tg_op <> 'UPDATE' or (new.id, new.price_list_id, new.sku_id, new.rate, new.created_at)
      is distinct from (old.id, old.price_list_id, old.sku_id, old.rate, old.created_at))
  then
    raise exception 'a price list that priced usage is frozen'
      using errcode = 'check_violation', constraint = 'price_list_is_frozen';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger price_rate_frozen before insert or update or delete on price_rate for each row execute function price_rate_is_frozen();
