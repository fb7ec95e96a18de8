-- The hierarchy. A skipped level is the nil UUID, never NULL, so that the composite keys always bite.

create table organization (
  id                   uuid not null constraint organization_key primary key,
  level                text not null constraint organization_level_known check (level in ('platform', 'distributor', 'partner', 'tenant')),
  parent_id            uuid,
  distributor_id       uuid not null,
  partner_id           uuid not null,
  tenant_id            uuid not null,
  name                 text not null constraint organization_name_length check (length(name) between 1 and 200),
  external_id          text constraint organization_external_id_length check (length(external_id) between 1 and 200),
  commercial_model     text constraint organization_commercial_model_known check (commercial_model in ('agent', 'reseller')),
  currency             text not null constraint organization_currency_form check (currency ~ '^[A-Z]{3}$'),
  time_zone            text not null default 'UTC',
  contact              jsonb constraint organization_contact_object check (jsonb_typeof(contact) = 'object'),
  state                text not null default 'active' constraint organization_state_known check (state in ('active', 'suspended', 'closed')),
  version              int not null default 1,
  created_at           timestamptz not null default clock_timestamp(),
  updated_at           timestamptz not null default clock_timestamp(),
  above_distributor_id uuid generated always as (case level when 'distributor' then '00000000-0000-0000-0000-000000000000'::uuid else distributor_id end) stored,
  above_partner_id     uuid generated always as (case level when 'partner' then '00000000-0000-0000-0000-000000000000'::uuid else partner_id end) stored,
  constraint organization_line unique (id, distributor_id, partner_id, tenant_id),
  constraint organization_branch unique (id, distributor_id, partner_id),
  constraint organization_below_parent foreign key (parent_id, above_distributor_id, above_partner_id)
    references organization (id, distributor_id, partner_id),
  constraint organization_external_id_per_parent unique (parent_id, external_id),
  constraint organization_id_not_nil check (id <> '00000000-0000-0000-0000-000000000000'),
  constraint organization_only_platform_is_root check ((parent_id is null) = (level = 'platform')),
  constraint organization_model_of_channel check ((commercial_model is not null) = (level in ('distributor', 'partner'))),
  constraint organization_names_itself check (case level
    when 'platform' then (distributor_id, partner_id, tenant_id) = ('00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000')
    when 'distributor' then distributor_id = id and (partner_id, tenant_id) = ('00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000')
    when 'partner' then partner_id = id and tenant_id = '00000000-0000-0000-0000-000000000000'
    else tenant_id = id end)
);
create unique index organization_one_platform on organization (level) where level = 'platform';
create index organization_by_parent on organization (parent_id, id);
create index organization_by_distributor on organization (distributor_id, level, id);
create index organization_by_partner on organization (partner_id, level, id);
call weir_open_branch('organization', array['select', 'insert', 'update']);
call weir_open('organization', 'weir_auth', array['select']);
call weir_open('organization', 'weir_chain', array['select']);
call weir_open('organization', 'weir_seller', array['select']);
call weir_open('organization', 'weir_relay', array['select']);
call weir_open('organization', 'weir_ingest', array['select']);

/* Who sold to whom above one tenant, for a span of days. Immutable but for its end. */
create table chain (
  id                uuid not null constraint chain_key primary key,
  tenant_id         uuid not null,
  partner_id        uuid not null,
  distributor_id    uuid not null,
  partner_model     text constraint chain_partner_model_known check (partner_model in ('agent', 'reseller')),
  distributor_model text constraint chain_distributor_model_known check (distributor_model in ('agent', 'reseller')),
  valid             daterange not null constraint chain_valid_not_empty check (not isempty(valid)),
  constraint chain_of_tenant foreign key (tenant_id, distributor_id, partner_id) references organization (id, distributor_id, partner_id),
  constraint chain_line unique (id, tenant_id, partner_id, distributor_id),
  constraint chain_one_per_day exclude using gist (tenant_id with =, valid with &&)
);
call weir_open_branch('chain', array['select']);
call weir_open('chain', 'weir_chain', array['select', 'insert', 'update']);
call weir_open('chain', 'weir_seller', array['select']);

/* A seller and its direct buyer, for a span of days: the unit of prices, currency, invoices and visibility.
   A cost edge is the platform's purchase from its suppliers: rated, never a document. */
create table edge (
  id                   uuid not null constraint edge_key primary key,
  kind                 text not null constraint edge_kind_known check (kind in ('sale', 'cost')),
  seller_id            uuid not null constraint edge_seller references organization,
  buyer_id             uuid not null constraint edge_buyer references organization,
  currency             text not null constraint edge_currency_form check (currency ~ '^[A-Z]{3}$'),
  currency_digits      smallint not null constraint edge_currency_digits_range check (currency_digits between 0 and 4),
  payment_term_days    int not null default 30 constraint edge_payment_term_range check (payment_term_days between 0 and 365),
  agent_distributor_id uuid constraint edge_agent_distributor references organization,
  agent_partner_id     uuid constraint edge_agent_partner references organization,
  see_platform_id      uuid,
  see_distributor_id   uuid,
  see_partner_id       uuid,
  see_tenant_id        uuid,
  valid                daterange not null constraint edge_valid_not_empty check (not isempty(valid)),
  constraint edge_parties unique (id, seller_id, buyer_id),
  constraint edge_cost_is_the_platforms check ((kind = 'cost') = (seller_id = buyer_id)),
  constraint edge_one_per_day exclude using gist (seller_id with =, buyer_id with =, currency with =, valid with &&),
  constraint edge_one_currency_per_day exclude using gist (seller_id with =, buyer_id with =, valid with &&) where (kind = 'sale')
);
create index edge_by_buyer on edge (buyer_id);
create index edge_seen_by_distributor on edge (see_distributor_id, id) where see_distributor_id is not null;
create index edge_seen_by_partner on edge (see_partner_id, id) where see_partner_id is not null;
create index edge_seen_by_tenant on edge (see_tenant_id, id) where see_tenant_id is not null;
call weir_open_edge('edge', array['select', 'update']);
call weir_open('edge', 'weir_chain', array['select', 'insert', 'update']);

/* The edges of a chain from the top: position 1 sells from the platform. Cost edges have position 0. */
create table chain_edge (
  chain_id       uuid not null,
  edge_id        uuid not null constraint chain_edge_edge references edge,
  position       smallint not null constraint chain_edge_position_range check (position between 0 and 3),
  tenant_id      uuid not null,
  partner_id     uuid not null,
  distributor_id uuid not null,
  constraint chain_edge_key primary key (chain_id, edge_id),
  constraint chain_edge_of_chain foreign key (chain_id, tenant_id, partner_id, distributor_id) references chain (id, tenant_id, partner_id, distributor_id)
);
create index chain_edge_by_edge on chain_edge (edge_id, tenant_id);
call weir_open_branch('chain_edge', array['select']);
call weir_open('chain_edge', 'weir_chain', array['select', 'insert']);
call weir_open('chain_edge', 'weir_seller', array['select']);
