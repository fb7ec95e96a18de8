-- Organizations that move, commercial models and terms that change: planned for the start of a month, with history kept.
-- Deploy before the code. What stands where it arose (chains, audit, jobs) now refers to a place the organization once had;
-- what goes along (people, roles, subscriptions) follows the organization by cascade.

/* Every line of ancestors that an organization has or had. Rows of the past keep referring to it after a move. */
create table organization_place (
  org_id         uuid not null constraint organization_place_organization references organization,
  distributor_id uuid not null,
  partner_id     uuid not null,
  tenant_id      uuid not null,
  constraint organization_place_key primary key (org_id, distributor_id, partner_id, tenant_id),
  constraint organization_place_above unique (org_id, distributor_id, partner_id)
);
call weir_open_branch('organization_place', array['insert']);
call weir_open('organization_place', 'weir_chain', array['insert']);
call weir_open('organization_place', 'weir_backfill', array['select', 'insert']);

/* Row level security hides all rows from the owner of a table: the role for back-fills copies them. */
set local role weir_backfill;
insert into organization_place (org_id, distributor_id, partner_id, tenant_id)
select id, distributor_id, partner_id, tenant_id from organization;
do $$ begin
  if (select count(*) from organization_place) <> (select count(*) from organization) then
    raise exception 'not every organization got its place';
  end if;
end $$;
reset role;

create function organization_keeps_its_places() returns trigger language plpgsql as $$
begin
  insert into organization_place (org_id, distributor_id, partner_id, tenant_id)
  values (new.id, new.distributor_id, new.partner_id, new.tenant_id) on conflict do nothing;
  return null;
end $$;
create trigger organization_places after insert or update of distributor_id, partner_id on organization
  for each row execute function organization_keeps_its_places();

alter table chain
  drop constraint chain_of_tenant,
  add constraint chain_of_tenant foreign key (tenant_id, distributor_id, partner_id)
    references organization_place (org_id, distributor_id, partner_id);
alter table audit
  drop constraint audit_of_organization,
  add constraint audit_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization_place (org_id, distributor_id, partner_id, tenant_id);
alter table job
  drop constraint job_of_organization,
  add constraint job_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization_place (org_id, distributor_id, partner_id, tenant_id);
alter table account
  drop constraint account_of_organization,
  add constraint account_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization (id, distributor_id, partner_id, tenant_id) on update cascade;
alter table role_grant
  drop constraint role_grant_of_organization,
  add constraint role_grant_of_organization foreign key (org_id, distributor_id, partner_id, tenant_id)
    references organization (id, distributor_id, partner_id, tenant_id) on update cascade;
alter table subscription
  drop constraint subscription_of_tenant,
  add constraint subscription_of_tenant foreign key (tenant_id, distributor_id, partner_id)
    references organization (id, distributor_id, partner_id) on update cascade;

/* A change of who stands where or who sells what to whom, from the start of a month. Its line sees it as it was when the
   change was planned; the new parent's line sees it too. A change of an edge's terms is its two ends' and the agents'. */
create table organization_change (
  id                 uuid not null constraint organization_change_key primary key,
  kind               text not null constraint organization_change_kind_known check (kind in ('parent', 'commercial_model', 'edge_terms')),
  organization_id    uuid not null constraint organization_change_organization references organization,
  asked_org_id       uuid not null constraint organization_change_asked_by references organization,
  from_period        text not null constraint organization_change_period_form check (from_period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  to_parent_id       uuid constraint organization_change_parent references organization,
  to_model           text constraint organization_change_model_known check (to_model in ('agent', 'reseller')),
  seller_id          uuid constraint organization_change_seller references organization,
  to_currency        text constraint organization_change_currency_form check (to_currency ~ '^[A-Z]{3}$'),
  to_currency_digits smallint,
  to_payment_term    int constraint organization_change_payment_term_range check (to_payment_term between 0 and 365),
  state              text not null default 'planned' constraint organization_change_state_known check (state in ('planned', 'done', 'cancelled')),
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  to_distributor_id  uuid,
  to_partner_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  constraint organization_change_says_what check (case kind
    when 'parent' then to_parent_id is not null
    when 'commercial_model' then to_model is not null
    else seller_id is not null and num_nonnulls(to_currency, to_payment_term) > 0 and (to_currency is null) = (to_currency_digits is null) end)
);
create unique index organization_change_once on organization_change (organization_id, from_period) where state = 'planned';
create index organization_change_planned on organization_change (from_period) where state = 'planned';
call weir_close('organization_change');
call weir_open('organization_change', 'weir_platform', array['select'], 'see_platform_id = (select weir_org())');
call weir_open('organization_change', 'weir_distributor', array['select'], 'see_distributor_id = (select weir_org()) or to_distributor_id = (select weir_org())');
call weir_open('organization_change', 'weir_partner', array['select'], 'see_partner_id = (select weir_org()) or to_partner_id = (select weir_org())');
call weir_open('organization_change', 'weir_tenant', array['select'], 'see_tenant_id = (select weir_org())');
call weir_open('organization_change', 'weir_chain', array['select', 'insert', 'update']);
call weir_open('organization_change', 'weir_relay', array['select']);
call weir_open('organization_change', 'weir_seller', array['select']);
call weir_open('organization_change', 'weir_verify', array['select']);

/* The chain keeper brings a change about: it moves what goes along and splits what is dated. */
call weir_open('organization', 'weir_chain', array['update']);
call weir_open('role_grant', 'weir_chain', array['select', 'delete']);
call weir_open('account', 'weir_chain', array['select']);
call weir_open('subscription', 'weir_chain', array['select']);
call weir_open('subscription_alias', 'weir_chain', array['select', 'update']);
call weir_open('usage_event', 'weir_chain', array['select', 'update']);
call weir_open('usage_daily', 'weir_chain', array['select', 'update']);
call weir_open('plan_item', 'weir_chain', array['select']);
call weir_open('plan_version', 'weir_chain', array['select']);
call weir_open('sku', 'weir_chain', array['select']);
call weir_open('price_list', 'weir_chain', array['select']);
call weir_open('price_rate', 'weir_chain', array['select']);
call weir_open('audit', 'weir_chain', array['insert']);

/* Chains that have ended are few: usage of their days is found without reading the others. */
create index chain_ended on chain (tenant_id) where not upper_inf(valid);

do $$
declare relation text;
begin
  foreach relation in array array['organization', 'organization_place', 'subscription', 'subscription_alias'] loop
    if not exists (select from pg_policies where tablename = relation and policyname = 'weir_verify_select') then
      call weir_open(relation::regclass, 'weir_verify', array['select']);
    end if;
  end loop;
end $$;
