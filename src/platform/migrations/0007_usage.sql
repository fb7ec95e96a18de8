-- Usage from the regions: intake, the permanent keys, the events, the daily rollups, and what waits for a person.

/* `next_night` is the local day that is rated when `nightly_due_at` comes: its end in the region's zone plus the cut-off. */
create table region (
  id               uuid not null constraint region_key primary key,
  code             text not null constraint region_code_form check (length(code) between 1 and 100) constraint region_code_taken unique,
  name             text not null constraint region_name_length check (length(name) between 1 and 200),
  time_zone        text not null,
  cut_off          time not null default '02:00',
  record_semantics text not null default 'event' constraint region_semantics_known check (record_semantics in ('event', 'hour', 'total')),
  late_limit_hours int constraint region_late_limit_range check (late_limit_hours between 1 and 87600),
  state            text not null default 'active' constraint region_state_known check (state in ('active', 'paused')),
  complete_until   timestamptz,
  next_night       date not null,
  nightly_due_at   timestamptz not null,
  last_night       date,
  last_night_at    timestamptz,
  version          int not null default 1,
  created_at       timestamptz not null default clock_timestamp(),
  updated_at       timestamptz not null default clock_timestamp()
);
create index region_nightly_due on region (nightly_due_at) where state = 'active';
call weir_open_catalog('region');
call weir_open('region', 'weir_platform', array['insert', 'update']);
call weir_open('region', 'weir_ingest', array['select', 'update']);
call weir_open('region', 'weir_relay', array['select', 'update']);
call weir_open('region', 'weir_seller', array['select']);

/* What a region calls a thing -> our SKU and a factor, dated. */
create table meter (
  id        uuid not null constraint meter_key primary key,
  region_id uuid not null constraint meter_region references region,
  meter     text not null constraint meter_length check (length(meter) between 1 and 200),
  sku_id    uuid not null constraint meter_sku references sku,
  factor    numeric not null default 1 constraint meter_factor_positive check (factor > 0),
  valid     daterange not null constraint meter_valid_not_empty check (not isempty(valid)),
  constraint meter_one_per_day exclude using gist (region_id with =, meter with =, valid with &&)
);
call weir_close('meter');
call weir_open('meter', 'weir_platform', array['select', 'insert', 'update', 'delete']);
call weir_open('meter', 'weir_ingest', array['select']);

/* What a region calls a subscription. Unique per tenant only, so that a clash says nothing about other branches;
   usage that two subscriptions claim is quarantined. */
create table subscription_alias (
  subscription_id uuid not null,
  tenant_id       uuid not null,
  partner_id      uuid not null,
  distributor_id  uuid not null,
  region_id       uuid not null constraint subscription_alias_region references region,
  external_id     text not null constraint subscription_alias_length check (length(external_id) between 1 and 200),
  constraint subscription_alias_key primary key (tenant_id, region_id, external_id),
  constraint subscription_alias_of_subscription foreign key (subscription_id, tenant_id) references subscription (id, tenant_id)
);
create index subscription_alias_by_name on subscription_alias (region_id, external_id);
create index subscription_alias_by_subscription on subscription_alias (subscription_id);
call weir_open_branch('subscription_alias', array['select', 'insert', 'delete']);
call weir_open('subscription_alias', 'weir_ingest', array['select']);

/* A platform month: open until its end, closed by a platform act on quantities. Never re-opened. */
create table billing_period (
  period      text not null constraint billing_period_key primary key constraint billing_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  state       text not null default 'open' constraint billing_period_state_known check (state in ('open', 'closed')),
  spanning    text not null default 'split' constraint billing_period_spanning_known check (spanning in ('split', 'start')),
  closed_at   timestamptz,
  closed_by   uuid,
  certificate jsonb constraint billing_period_certificate_object check (jsonb_typeof(certificate) = 'object'),
  constraint billing_period_certified check ((state = 'closed') = (certificate is not null))
);
call weir_close('billing_period');
call weir_open('billing_period', 'weir_platform', array['select', 'insert', 'update']);
/* The certificate adds up everybody's quantities: the platform's alone. */
create procedure weir_open_periods() language plpgsql as $$
declare tier text;
begin
  foreach tier in array array['distributor', 'partner', 'tenant'] loop
    execute format('grant select (period, state, spanning, closed_at) on billing_period to %I', 'weir_' || tier);
    execute format('create policy %I on billing_period for select to %I using (true)', 'weir_' || tier || '_select', 'weir_' || tier);
  end loop;
end $$;
call weir_open_periods();
drop procedure weir_open_periods();
call weir_open('billing_period', 'weir_ingest', array['select', 'insert', 'update']);
call weir_open('billing_period', 'weir_seller', array['select', 'insert', 'update']);

create table usage_batch (
  id               uuid not null constraint usage_batch_key primary key,
  job_id           uuid not null constraint usage_batch_job references job constraint usage_batch_job_once unique,
  region_id        uuid not null constraint usage_batch_region references region,
  asked_by         uuid,
  format           text not null,
  body             bytea,
  strict           boolean not null default false,
  complete_until   timestamptz,
  state            text not null default 'received' constraint usage_batch_state_known check (state in ('received', 'processing', 'done', 'parked')),
  sent             int not null constraint usage_batch_sent_positive check (sent > 0),
  accepted         int not null default 0,
  duplicate        int not null default 0,
  conflict         int not null default 0,
  quarantined      int not null default 0,
  rejected         int not null default 0,
  first_start      timestamptz,
  last_end         timestamptz,
  received_at      timestamptz not null default clock_timestamp(),
  finished_at      timestamptz,
  constraint usage_batch_adds_up check (state <> 'done' or sent = accepted + duplicate + conflict + quarantined + rejected)
);
create index usage_batch_by_region on usage_batch (region_id, id desc);
create index usage_batch_unfinished on usage_batch (state) where state <> 'done';
call weir_close('usage_batch');
call weir_open('usage_batch', 'weir_platform', array['select', 'insert']);
call weir_open('usage_batch', 'weir_ingest', array['select', 'update']);

/* Every record's outcome that is not "accepted", for 90 days. */
create table usage_outcome (
  batch_id    uuid not null constraint usage_outcome_batch references usage_batch,
  index       int not null,
  outcome     text not null constraint usage_outcome_known check (outcome in ('duplicate', 'conflict', 'quarantined', 'rejected')),
  record_id   text,
  faults      jsonb not null default '{"list":[]}' constraint usage_outcome_faults_object check (jsonb_typeof(faults) = 'object'),
  recorded_at timestamptz not null default clock_timestamp(),
  constraint usage_outcome_key primary key (batch_id, index)
);
create index usage_outcome_by_age on usage_outcome (recorded_at);
call weir_close('usage_outcome');
call weir_open('usage_outcome', 'weir_platform', array['select']);
call weir_open('usage_outcome', 'weir_ingest', array['select', 'insert', 'delete']);

/* Once for ever: 16 bytes over source and id, 16 bytes over the content. */
create table usage_key (
  tenant_id uuid not null,
  key       uuid not null,
  hash      uuid not null,
  constraint usage_key_key primary key (tenant_id, key)
) partition by hash (tenant_id, key);
do $$ begin
  for remainder in 0..15 loop
    execute format('create table usage_key_%s partition of usage_key for values with (modulus 16, remainder %s)', remainder, remainder);
    call weir_close(format('usage_key_%s', remainder)::regclass);
  end loop;
end $$;
call weir_close('usage_key');
call weir_open('usage_key', 'weir_ingest', array['select', 'insert']);

create table usage_event (
  tenant_id       uuid not null,
  key             uuid not null,
  subscription_id uuid not null,
  distributor_id  uuid not null,
  partner_id      uuid not null,
  sku_id          uuid not null,
  region_id       uuid not null,
  record_id       text not null,
  start_at        timestamptz not null,
  end_at          timestamptz not null,
  quantity        numeric not null,
  resource        text,
  dimensions      jsonb constraint usage_event_dimensions_object check (jsonb_typeof(dimensions) = 'object'),
  batch_id        uuid not null,
  posting_period  text not null,
  constraint usage_event_key primary key (tenant_id, start_at, key)
) partition by range (start_at);
create index usage_event_by_subscription on usage_event (subscription_id, start_at);
call weir_open_branch('usage_event', array['select']);
call weir_open('usage_event', 'weir_ingest', array['select', 'insert']);

/* Makes the partition of a month when it is missing. DDL only: it reads no table, so its rights leak nothing.
   Attaching takes a lock that lets inserts go on. */
create function usage_event_ensure_month(month date) returns void language plpgsql security definer set search_path = pg_catalog, public as $$
declare
  first_day date := date_trunc('month', month)::date;
  name text := 'usage_event_' || to_char(month, 'YYYYMM');
begin
  if to_regclass('public.' || name) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtext('usage_event_ensure_month'));
  if to_regclass('public.' || name) is not null then return; end if;
  execute format('create table public.%I (like public.usage_event including defaults including constraints)', name);
  call public.weir_close(format('public.%I', name)::regclass);
  execute format('alter table public.usage_event attach partition public.%I for values from (%L) to (%L)',
    name, first_day::text || ' 00:00:00+00', (first_day + interval '1 month')::date::text || ' 00:00:00+00');
end $$;
revoke all on function usage_event_ensure_month(date) from public;
grant execute on function usage_event_ensure_month(date) to weir_ingest, weir_relay;

/* What is billed: a day's usage of one SKU, by the period that it is posted to. */
create table usage_daily (
  tenant_id       uuid not null,
  subscription_id uuid not null,
  sku_id          uuid not null,
  region_id       uuid not null,
  day             date not null,
  posting_period  text not null,
  partner_id      uuid not null,
  distributor_id  uuid not null,
  sum_quantity    numeric not null,
  max_quantity    numeric not null,
  last_quantity   numeric not null,
  last_at         timestamptz not null,
  records         bigint not null,
  constraint usage_daily_key primary key (tenant_id, subscription_id, sku_id, region_id, day, posting_period)
) with (fillfactor = 50);
create index usage_daily_by_period on usage_daily (posting_period, tenant_id);
call weir_open_branch('usage_daily', array['select']);
call weir_open('usage_daily', 'weir_ingest', array['select', 'insert', 'update']);

/* Records that no subscription or SKU is known for. The platform's; they block the close of their period. */
create table usage_quarantine (
  id           uuid not null constraint usage_quarantine_key primary key,
  region_id    uuid not null constraint usage_quarantine_region references region,
  record_id    text not null,
  hash         uuid not null,
  record       jsonb not null constraint usage_quarantine_record_object check (jsonb_typeof(record) = 'object'),
  reason       text not null,
  subscription text not null,
  thing        text not null,
  start_at     timestamptz not null,
  end_at       timestamptz not null,
  batch_id     uuid not null constraint usage_quarantine_batch references usage_batch,
  state        text not null default 'waiting' constraint usage_quarantine_state_known check (state in ('waiting', 'accepted', 'dismissed')),
  waived_by    uuid,
  waiver       text,
  created_at   timestamptz not null default clock_timestamp(),
  decided_at   timestamptz,
  constraint usage_quarantine_once unique (region_id, record_id),
  constraint usage_quarantine_waiver_has_reason check (state <> 'dismissed' or waiver is not null)
);
create index usage_quarantine_waiting on usage_quarantine (region_id, subscription, thing, reason) where state = 'waiting';
create index usage_quarantine_waiting_by_batch on usage_quarantine (batch_id) where state = 'waiting';
create index usage_quarantine_waiting_by_age on usage_quarantine (id desc) where state = 'waiting';
call weir_close('usage_quarantine');
call weir_open('usage_quarantine', 'weir_platform', array['select', 'update']);
call weir_open('usage_quarantine', 'weir_ingest', array['select', 'insert', 'update']);
