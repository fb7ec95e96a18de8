-- Who signs in. Only the auth role reads passwords and sessions; tiers see accounts of their branch without them.

create table account (
  id             uuid not null constraint account_key primary key,
  org_id         uuid not null,
  distributor_id uuid not null,
  partner_id     uuid not null,
  tenant_id      uuid not null,
  email          text not null constraint account_email_length check (length(email) between 3 and 254),
  name           text not null constraint account_name_length check (length(name) between 1 and 200),
  password_hash  text,
  state          text not null default 'active' constraint account_state_known check (state in ('active', 'suspended')),
  version        int not null default 1,
  created_at     timestamptz not null default clock_timestamp(),
  updated_at     timestamptz not null default clock_timestamp(),
  constraint account_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization (id, distributor_id, partner_id, tenant_id),
  constraint account_email_lower check (email = lower(email)),
  constraint account_email_per_organization unique (org_id, email)
);
create index account_by_email on account (email);
create index account_by_distributor on account (distributor_id, id);
create index account_by_partner on account (partner_id, id);
create index account_by_tenant on account (tenant_id, id);
call weir_open_branch('account', array['insert', 'update']);
call weir_open_branch_columns('account', 'id, org_id, distributor_id, partner_id, tenant_id, email, name, state, version, created_at, updated_at');
call weir_open('account', 'weir_auth', array['select', 'update']);

/* A role that an account holds at an organization of its own branch. */
create table role_grant (
  id             uuid not null constraint role_grant_key primary key,
  account_id     uuid not null constraint role_grant_account references account,
  org_id         uuid not null,
  distributor_id uuid not null,
  partner_id     uuid not null,
  tenant_id      uuid not null,
  role           text not null constraint role_grant_role_known check (role in (
    'PlatformAdministrator', 'PlatformReader', 'PlatformService', 'DistributorAdministrator', 'DistributorReader',
    'PartnerAdministrator', 'PartnerReader', 'TenantAdministrator', 'TenantUser')),
  granted_by     uuid,
  created_at     timestamptz not null default clock_timestamp(),
  constraint role_grant_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization (id, distributor_id, partner_id, tenant_id),
  constraint role_grant_once unique (org_id, account_id, role)
);
create index role_grant_by_account on role_grant (account_id);
call weir_open_branch('role_grant', array['select', 'insert', 'delete']);
call weir_open('role_grant', 'weir_auth', array['select']);

/* Refresh tokens, hashed. A token is used once; the second use revokes its family (RFC 9700 section 4.14). */
create table refresh_token (
  id         uuid not null constraint refresh_token_key primary key,
  family_id  uuid not null,
  account_id uuid not null constraint refresh_token_account references account,
  token_hash bytea not null constraint refresh_token_hash unique,
  issued_at  timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  used_at    timestamptz,
  revoked_at timestamptz
);
create index refresh_token_by_family on refresh_token (family_id);
call weir_close('refresh_token');
call weir_open('refresh_token', 'weir_auth', array['select', 'insert', 'update']);

/* Every change, by whom. Written in the change's own transaction. */
create table audit (
  id             uuid not null constraint audit_key primary key,
  org_id         uuid not null,
  distributor_id uuid not null,
  partner_id     uuid not null,
  tenant_id      uuid not null,
  account_id     uuid,
  action         text not null,
  object_type    text not null,
  object_id      uuid,
  details        jsonb not null default '{}' constraint audit_details_object check (jsonb_typeof(details) = 'object'),
  request_id     text,
  at             timestamptz not null default clock_timestamp(),
  constraint audit_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization (id, distributor_id, partner_id, tenant_id)
);
create index audit_by_organization on audit (org_id, id desc);
create index audit_by_distributor on audit (distributor_id, id desc);
create index audit_by_partner on audit (partner_id, id desc);
create index audit_by_tenant on audit (tenant_id, id desc);
create index audit_by_object on audit (object_id, id desc);
call weir_open_branch('audit', array['select']);
call weir_open_insert_own('audit');

/* The answer that a key got, so that a repeated request gets it again. */
create table idempotency_key (
  org_id       uuid not null constraint idempotency_key_organization references organization,
  account_id   uuid not null,
  key          text not null constraint idempotency_key_length check (length(key) between 1 and 255),
  request_hash bytea not null,
  status       int,
  location     text,
  response     jsonb constraint idempotency_key_response_object check (jsonb_typeof(response) = 'object'),
  created_at   timestamptz not null default clock_timestamp(),
  constraint idempotency_key_key primary key (org_id, account_id, key)
);
create index idempotency_key_by_age on idempotency_key (created_at);
call weir_open_own('idempotency_key', array['select', 'insert', 'update']);
call weir_open('idempotency_key', 'weir_relay', array['select', 'delete']);

/* The installation's first organization and administrator are made by the operator, before anybody can sign in. */
call weir_open('organization', 'weir_backfill', array['select', 'insert']);
call weir_open('account', 'weir_backfill', array['select', 'insert']);
call weir_open('role_grant', 'weir_backfill', array['select', 'insert']);
call weir_open('audit', 'weir_backfill', array['insert']);
