-- What finance is told. One event per receiver; an effect raises its event once.

create table event (
  id          uuid not null constraint event_key primary key,
  org_id      uuid not null constraint event_receiver references organization,
  type        text not null,
  object_id   uuid not null,
  sequence    int not null default 1,
  data        jsonb not null constraint event_data_object check (jsonb_typeof(data) = 'object'),
  occurred_at timestamptz not null default clock_timestamp(),
  fanned_at   timestamptz,
  constraint event_once unique (org_id, object_id, type, sequence)
);
create index event_by_receiver on event (org_id, id desc);
create index event_not_fanned on event (id) where fanned_at is null;
call weir_open_own('event', array['select']);
call weir_open('event', 'weir_relay', array['select', 'insert', 'update']);
call weir_open('event', 'weir_seller', array['insert']);
call weir_open('event', 'weir_ingest', array['insert']);

create table webhook_endpoint (
  id             uuid not null constraint webhook_endpoint_key primary key,
  org_id         uuid not null constraint webhook_endpoint_owner references organization,
  url            text not null constraint webhook_endpoint_url_length check (length(url) between 8 and 2000),
  secret_sealed  bytea not null,
  old_secret     bytea,
  old_until      timestamptz,
  events         text[] not null constraint webhook_endpoint_events_some check (cardinality(events) between 1 and 50),
  state          text not null default 'active' constraint webhook_endpoint_state_known check (state in ('active', 'disabled')),
  disabled_for   text constraint webhook_endpoint_disabled_for_known check (disabled_for in ('gone', 'failing', 'owner')),
  failing_since  timestamptz,
  rest_until     timestamptz,
  version        int not null default 1,
  created_at     timestamptz not null default clock_timestamp(),
  updated_at     timestamptz not null default clock_timestamp(),
  constraint webhook_endpoint_disabled_has_reason check ((state = 'disabled') = (disabled_for is not null)),
  constraint webhook_endpoint_old_secret_ends check ((old_secret is null) = (old_until is null))
);
create index webhook_endpoint_by_owner on webhook_endpoint (org_id, id desc);
call weir_open_own('webhook_endpoint', array['select', 'insert', 'update', 'delete']);
call weir_open('webhook_endpoint', 'weir_relay', array['select', 'update']);

create table webhook_delivery (
  id           uuid not null constraint webhook_delivery_key primary key,
  org_id       uuid not null,
  endpoint_id  uuid not null constraint webhook_delivery_endpoint references webhook_endpoint on delete cascade,
  event_id     uuid not null constraint webhook_delivery_event references event,
  state        text not null default 'pending' constraint webhook_delivery_state_known check (state in ('pending', 'delivered', 'exhausted')),
  attempt      int not null default 0,
  due_at       timestamptz not null default clock_timestamp(),
  last_status  int,
  last_error   text,
  created_at   timestamptz not null default clock_timestamp(),
  delivered_at timestamptz,
  constraint webhook_delivery_once unique (endpoint_id, event_id)
);
create index webhook_delivery_by_owner on webhook_delivery (org_id, id desc);
create index webhook_delivery_due on webhook_delivery (endpoint_id, due_at) where state = 'pending';
call weir_open_own('webhook_delivery', array['select', 'update']);
call weir_open('webhook_delivery', 'weir_relay', array['select', 'insert', 'update']);
