-- Accepted work. Postgres owns it; the queue only carries the id.

create table job (
  id               uuid not null constraint job_key primary key,
  kind             text not null,
  schema_version   int not null,
  queue            text not null,
  org_id           uuid not null,
  distributor_id   uuid not null,
  partner_id       uuid not null,
  tenant_id        uuid not null,
  asked_by         uuid,
  dedupe_key       text not null constraint job_dedupe_key_length check (length(dedupe_key) between 1 and 300),
  payload          jsonb not null constraint job_payload_object check (jsonb_typeof(payload) = 'object'),
  state            text not null default 'queued' constraint job_state_known check (state in ('queued', 'running', 'done', 'failed', 'parked', 'cancelled')),
  attempt          int not null default 0,
  max_attempt      int not null default 10,
  fence            bigint not null default 0,
  lease_until      timestamptz,
  due_at           timestamptz not null default clock_timestamp(),
  rung_at          timestamptz,
  progress_done    bigint not null default 0,
  progress_total   bigint,
  progress_unit    text,
  result           jsonb constraint job_result_object check (jsonb_typeof(result) = 'object'),
  problem          jsonb constraint job_problem_object check (jsonb_typeof(problem) = 'object'),
  cancellable      boolean not null default true,
  created_at       timestamptz not null default clock_timestamp(),
  updated_at       timestamptz not null default clock_timestamp(),
  started_at       timestamptz,
  finished_at      timestamptz,
  constraint job_once unique (kind, dedupe_key),
  constraint job_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization (id, distributor_id, partner_id, tenant_id),
  constraint job_lease_while_running check ((state = 'running') = (lease_until is not null)),
  constraint job_finished_when_final check ((state in ('done', 'failed', 'cancelled')) = (finished_at is not null))
);
create index job_by_organization on job (org_id, id desc);
create index job_to_ring on job (due_at) where state = 'queued' and rung_at is null;
create index job_rung on job (rung_at) where state = 'queued' and rung_at is not null;
create index job_leased on job (lease_until) where state = 'running';
create index job_unfinished on job (kind) where state in ('queued', 'running', 'parked');
call weir_open_own('job', array['select', 'insert']);
call weir_open_insert_own_workers('job');
call weir_open('job', 'weir_relay', array['select', 'update', 'delete']);

/* The finished parts of a long job, so that a retry goes on where the last attempt stopped. */
create table job_chunk (
  job_id      uuid not null constraint job_chunk_of_job references job on delete cascade,
  number      int not null constraint job_chunk_number_positive check (number > 0),
  result      jsonb not null default '{}' constraint job_chunk_result_object check (jsonb_typeof(result) = 'object'),
  finished_at timestamptz not null default clock_timestamp(),
  constraint job_chunk_key primary key (job_id, number)
);
call weir_close('job_chunk');
call weir_open('job_chunk', 'weir_relay', array['select', 'insert']);

/* A wish to stop, read between chunks: never an update that waits for the worker. */
create table job_cancel (
  job_id   uuid not null constraint job_cancel_key primary key constraint job_cancel_of_job references job on delete cascade,
  org_id   uuid not null,
  asked_by uuid,
  asked_at timestamptz not null default clock_timestamp()
);
call weir_open_own('job_cancel', array['select', 'insert']);
call weir_open('job_cancel', 'weir_relay', array['select']);

/* A person's wish that a parked job be tried again. Whoever fulfils it takes the row away. */
create table job_retry (
  job_id   uuid not null constraint job_retry_key primary key constraint job_retry_of_job references job on delete cascade,
  org_id   uuid not null,
  asked_by uuid,
  asked_at timestamptz not null default clock_timestamp()
);
call weir_open_own('job_retry', array['select', 'insert']);
call weir_open('job_retry', 'weir_relay', array['select', 'delete']);
