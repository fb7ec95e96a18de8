-- Tax: who sells and buys for the tax office, what a seller charges on what, and the taxes of documents.
-- Deploy before the code. A seller without a profile bills without tax, as before.

/* An organization as the tax office knows it. Issued documents keep it as it was. */
create table tax_identity (
  org_id         uuid not null constraint tax_identity_key primary key,
  distributor_id uuid not null,
  partner_id     uuid not null,
  tenant_id      uuid not null,
  country        text not null constraint tax_identity_country_form check (country ~ '^[A-Z]{2}$'),
  has_tax_id     boolean not null,
  details        jsonb not null constraint tax_identity_details_object check (jsonb_typeof(details) = 'object'),
  updated_at     timestamptz not null default clock_timestamp(),
  constraint tax_identity_of_line foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization (id, distributor_id, partner_id, tenant_id) on update cascade
);
call weir_open_branch('tax_identity', array['select', 'insert', 'update']);
call weir_open('tax_identity', 'weir_seller', array['select'],
  'org_id = (select weir_org()) or exists (select from edge where edge.seller_id = (select weir_org()) and edge.buyer_id = org_id)');

/* That a seller charges tax, and where: `rules` are for buyers of other countries. */
create table tax_profile (
  org_id     uuid not null constraint tax_profile_key primary key constraint tax_profile_seller references organization,
  country    text not null constraint tax_profile_country_form check (country ~ '^[A-Z]{2}$'),
  place      text not null constraint tax_profile_place_known check (place in ('seller', 'buyer')),
  rules      jsonb not null constraint tax_profile_rules_list check (jsonb_typeof(rules) = 'array'),
  updated_at timestamptz not null default clock_timestamp()
);
call weir_open_own('tax_profile', array['select', 'insert', 'update']);
call weir_open('tax_profile', 'weir_seller', array['select'], 'org_id = (select weir_org())');

/* What is charged on a class of SKUs in a country. Never changed but for an earlier end; one per class, name and day. */
create table tax_rate (
  id         uuid not null constraint tax_rate_key primary key,
  org_id     uuid not null constraint tax_rate_seller references organization,
  country    text not null constraint tax_rate_country_form check (country ~ '^[A-Z]{2}$'),
  code       text not null constraint tax_rate_code_length check (length(code) between 1 and 100),
  name       text not null constraint tax_rate_name_length check (length(name) between 1 and 100),
  category   text not null constraint tax_rate_category_known check (category in ('S', 'Z', 'E', 'AE', 'K', 'G', 'O', 'L', 'M')),
  percent    numeric not null constraint tax_rate_percent_range check (percent between 0 and 100),
  reason     text constraint tax_rate_reason_length check (length(reason) between 1 and 500),
  valid      daterange not null constraint tax_rate_valid_not_empty check (not isempty(valid)),
  created_at timestamptz not null default clock_timestamp(),
  constraint tax_rate_one_per_day exclude using gist (org_id with =, country with =, code with =, name with =, valid with &&)
);
call weir_open_own('tax_rate', array['select', 'insert', 'update']);
call weir_open('tax_rate', 'weir_seller', array['select'], 'org_id = (select weir_org())');
call weir_open('tax_rate', 'weir_verify', array['select']);

/* Which class a seller counts a SKU to; the others are standard. */
create table tax_sku (
  org_id uuid not null constraint tax_sku_seller references organization,
  sku_id uuid not null constraint tax_sku_sku references sku,
  code   text not null constraint tax_sku_code_length check (length(code) between 1 and 100),
  constraint tax_sku_key primary key (org_id, sku_id)
);
call weir_open_own('tax_sku', array['select', 'insert', 'update']);
call weir_open('tax_sku', 'weir_seller', array['select'], 'org_id = (select weir_org())');

/* A buyer that its seller does not charge, and the proof that it gave. */
create table tax_exemption (
  id         uuid not null constraint tax_exemption_key primary key,
  org_id     uuid not null constraint tax_exemption_seller references organization,
  buyer_id   uuid not null constraint tax_exemption_buyer references organization,
  category   text not null constraint tax_exemption_category_known check (category in ('Z', 'E', 'AE', 'K', 'G', 'O')),
  reason     text not null constraint tax_exemption_reason_length check (length(reason) between 1 and 500),
  proof      text not null constraint tax_exemption_proof_length check (length(proof) between 1 and 200),
  valid      daterange not null constraint tax_exemption_valid_not_empty check (not isempty(valid)),
  created_at timestamptz not null default clock_timestamp(),
  constraint tax_exemption_one_per_day exclude using gist (org_id with =, buyer_id with =, valid with &&)
);
call weir_open_own('tax_exemption', array['select', 'insert', 'update']);
call weir_open('tax_exemption', 'weir_seller', array['select'], 'org_id = (select weir_org())');

/* Which rates are charged on a line; none where its category is not taxed. */
alter table invoice_line add tax_rate_ids uuid[];
alter table invoice add is_taxed boolean not null default false;

/* The taxes of a document, per category and rate, on the sum of its rounded lines. */
create table invoice_tax (
  invoice_id         uuid not null constraint invoice_tax_invoice references invoice,
  position           int not null constraint invoice_tax_position_positive check (position > 0),
  category           text not null,
  name               text not null,
  percent            numeric not null,
  base               numeric not null,
  amount             numeric not null,
  reason             text,
  seller_id          uuid not null,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint invoice_tax_key primary key (invoice_id, position)
);
call weir_close('invoice_tax');
/* Who sees the document sees its taxes. What a draft's lines are taxed at is said after they are written, by money duties. */
create procedure weir_open_taxes() language plpgsql as $$
declare tier text;
begin
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open('invoice_tax', 'weir_' || tier, array['select'],
      format('see_%s_id = (select weir_org()) and exists (select from invoice where invoice.id = invoice_id)', tier));
  end loop;
  call weir_open('invoice_tax', 'weir_seller', array['select', 'insert'], 'seller_id = (select weir_org())');
  call weir_open('invoice_tax', 'weir_verify', array['select']);
  grant update (tax_category, tax_rate_ids) on invoice_line to weir_seller;
  create policy weir_seller_update on invoice_line for update to weir_seller
    using (seller_id = (select weir_org())) with check (seller_id = (select weir_org()));
end $$;
call weir_open_taxes();
drop procedure weir_open_taxes();

/* A line's tax is said while it is on a draft; then it never changes. */
create function invoice_line_taxed_on_draft() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select from (select distinct invoice_id from changed) document
    left join lateral (select state from invoice where id = document.invoice_id offset 0) invoice on true
    where invoice.state is distinct from 'draft')
  then
    raise exception 'lines of drafts only are taxed'
      using errcode = 'check_violation', constraint = 'invoice_line_taxed_on_draft';
  end if;
  return null;
end $$;
create trigger invoice_line_changes_on_draft after update on invoice_line
  referencing new table as changed for each statement execute function invoice_line_taxed_on_draft();
create trigger invoice_tax_only_on_draft after insert on invoice_tax
  referencing new table as added for each statement execute function invoice_line_on_draft();
