-- The life of a subscription as dated rows, and which of its seconds are billed.
-- Deploy with the code: what a subscription is on a day is read from its dated rows from now on.

alter table subscription
  add start_time time(0) not null default '00:00:00',
  add constraint subscription_place unique (id, tenant_id, distributor_id, partner_id);

/* What a subscription is from a day on, until the next row or its end; before the first row it is what was ordered. Only a
   plan that counts seconds looks at the time of day. One row a day: another change on that day changes the row. */
create table subscription_change (
  subscription_id uuid not null,
  tenant_id       uuid not null,
  partner_id      uuid not null,
  distributor_id  uuid not null,
  effective_on    date not null,
  effective_time  time(0) not null default '00:00:00',
  plan_version_id uuid not null constraint subscription_change_plan_version references plan_version,
  quantity        numeric not null constraint subscription_change_quantity_positive check (quantity > 0),
  is_suspended    boolean not null default false,
  created_at      timestamptz not null default clock_timestamp(),
  updated_at      timestamptz not null default clock_timestamp(),
  constraint subscription_change_once_a_day primary key (subscription_id, effective_on),
  constraint subscription_change_of_subscription foreign key (subscription_id, tenant_id, distributor_id, partner_id)
    references subscription (id, tenant_id, distributor_id, partner_id) on update cascade
);
create index subscription_change_by_tenant on subscription_change (tenant_id);
call weir_open_branch('subscription_change', array['select', 'insert', 'update']);
call weir_open('subscription_change', 'weir_seller', array['select']);
call weir_open('subscription_change', 'weir_verify', array['select']);

/* What was stored of suspension becomes a dated row. */
call weir_open('subscription', 'weir_backfill', array['select']);
call weir_open('subscription_change', 'weir_backfill', array['select', 'insert']);
set local role weir_backfill;
insert into subscription_change (subscription_id, tenant_id, partner_id, distributor_id, effective_on, plan_version_id, quantity, is_suspended)
select id, tenant_id, partner_id, distributor_id, greatest(start_date, (updated_at at time zone 'UTC')::date), plan_version_id, quantity, true
from subscription where state = 'suspended';
do $$ begin
  if (select count(*) from subscription_change) <> (select count(*) from subscription where state = 'suspended') then
    raise exception 'not every suspension became a dated row';
  end if;
end $$;
reset role;
alter table subscription drop column state;

/* Which seconds of a subscription a seller has billed for a charge (its SKU): each once. Written when a document is issued;
   a credit takes its span out in the same transaction. `details` and price are those of the line that charged it, so that a
   credit gives back what was paid. Spans are finite, not empty and half-open, so that neighbours never overlap. */
create table billed_service (
  seller_id       uuid not null,
  edge_id         uuid not null constraint billed_service_edge references edge,
  tenant_id       uuid not null,
  subscription_id uuid not null constraint billed_service_subscription references subscription,
  charge_id       uuid not null constraint billed_service_charge references sku,
  kind            text not null constraint billed_service_kind_known check (kind in ('recurring', 'oneTime')),
  period          tstzrange not null constraint billed_service_period_form check (
    not isempty(period) and lower_inc(period) and not upper_inc(period) and isfinite(lower(period)) and isfinite(upper(period))),
  plan_version_id uuid not null,
  quantity        numeric not null,
  price_rate_id   uuid not null constraint billed_service_price references price_rate,
  fx_rate_id      uuid,
  tax_category    text,
  details         jsonb not null constraint billed_service_details_object check (jsonb_typeof(details) = 'object'),
  invoice_id      uuid not null constraint billed_service_invoice references invoice,
  constraint billed_service_once exclude using gist (seller_id with =, subscription_id with =, charge_id with =, period with &&),
  constraint billed_service_bounded check (lower(period) is not null and upper(period) is not null)
);
create unique index billed_service_one_time on billed_service (seller_id, subscription_id, charge_id) where kind = 'oneTime';
create index billed_service_by_tenant on billed_service (seller_id, tenant_id);
call weir_close('billed_service');
call weir_open('billed_service', 'weir_seller', array['select', 'insert', 'delete'], 'seller_id = (select weir_org())');
call weir_open('billed_service', 'weir_verify', array['select']);

/* The few buckets that are no usage are found by their document. */
create index rated_bucket_of_charges on rated_bucket (invoice_id) where kind <> 'usage' and invoice_id is not null;

do $$
declare relation text;
begin
  foreach relation in array array['subscription', 'plan_item', 'plan_version'] loop
    if not exists (select from pg_policies where tablename = relation and policyname = 'weir_verify_select') then
      call weir_open(relation::regclass, 'weir_verify', array['select']);
    end if;
  end loop;
end $$;
