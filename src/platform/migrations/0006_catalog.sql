-- What is sold and for how much. Plans hold no amounts; amounts are only in price lists.

/* What is priced. The catalog of codes and units is one for the installation. */
create table sku (
  id          uuid not null constraint sku_key primary key,
  code        text not null constraint sku_code_form check (length(code) between 1 and 200) constraint sku_code_taken unique,
  name        text not null constraint sku_name_length check (length(name) between 1 and 300),
  unit        text not null constraint sku_unit_length check (length(unit) between 1 and 100),
  aggregation text not null default 'sum' constraint sku_aggregation_known check (aggregation in ('sum', 'max', 'last')),
  created_at  timestamptz not null default clock_timestamp(),
  updated_at  timestamptz not null default clock_timestamp()
);
call weir_open_catalog('sku');
call weir_open('sku', 'weir_platform', array['insert', 'update']);
call weir_open('sku', 'weir_ingest', array['select']);
call weir_open('sku', 'weir_seller', array['select']);

/* One dated version of a seller's rates. Shared lists have no buyer and are read by the seller's direct and agency side;
   a list for one buyer (scope buyer or subscription) is read along that edge only. The cost list is the platform's alone.
   A draft is its seller's alone and prices nothing; that a used list has ended is what the calendar says of its validity. */
create table price_list (
  id                 uuid not null constraint price_list_key primary key,
  kind               text not null default 'sale' constraint price_list_kind_known check (kind in ('sale', 'cost')),
  seller_id          uuid not null constraint price_list_seller references organization,
  code               text not null constraint price_list_code_length check (length(code) between 1 and 100),
  name               text not null constraint price_list_name_length check (length(name) between 1 and 200),
  currency           text not null constraint price_list_currency_form check (currency ~ '^[A-Z]{3}$'),
  scope              text not null constraint price_list_scope_known check (scope in ('default', 'region', 'plan_version', 'buyer', 'subscription')),
  target_id          uuid not null,
  buyer_id           uuid constraint price_list_buyer references organization,
  valid              daterange not null constraint price_list_valid_form check (not isempty(valid) and lower_inc(valid) and not lower_inf(valid)),
  state              text not null default 'active' constraint price_list_state_known check (state in ('draft', 'active', 'used')),
  is_active          boolean not null generated always as (state <> 'draft') stored,
  version            int not null default 1,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  constraint price_list_for_rates unique (id, seller_id, kind, scope, target_id, currency, valid, is_active),
  constraint price_list_code_per_day exclude using gist (seller_id with =, code with =, valid with &&) where (state <> 'draft'),
  constraint price_list_cost_for_nobody check (kind = 'sale' or buyer_id is null),
  constraint price_list_target_of_scope check ((scope = 'default') = (target_id = '00000000-0000-0000-0000-000000000000')),
  constraint price_list_buyer_of_scope check ((scope in ('buyer', 'subscription')) = (buyer_id is not null))
);
create index price_list_by_seller on price_list (seller_id, id desc);
call weir_close('price_list');

/* The rate of one SKU on a list. The exclusion constraint is the promise of one price per seller, scope, target, SKU, currency and day;
   drafts make no promise. What the promise is about is the list's, and follows it by the cascade. */
create table price_rate (
  id            uuid not null constraint price_rate_key primary key,
  price_list_id uuid not null,
  seller_id     uuid not null,
  kind          text not null,
  scope         text not null,
  target_id     uuid not null,
  currency      text not null,
  sku_id        uuid not null constraint price_rate_sku references sku,
  valid         daterange not null constraint price_rate_valid_not_empty check (not isempty(valid)),
  is_active     boolean not null,
  rate          jsonb not null constraint price_rate_object check (jsonb_typeof(rate) = 'object'),
  created_at    timestamptz not null default clock_timestamp(),
  constraint price_rate_of_list foreign key (price_list_id, seller_id, kind, scope, target_id, currency, valid, is_active)
    references price_list (id, seller_id, kind, scope, target_id, currency, valid, is_active) on update cascade on delete cascade,
  constraint price_rate_once_per_list unique (price_list_id, sku_id),
  constraint price_rate_one_per_day exclude using gist
    (seller_id with =, kind with =, scope with =, target_id with =, sku_id with =, currency with =, valid with &&) where (is_active)
);
create index price_rate_by_seller on price_rate (seller_id, sku_id);
call weir_close('price_rate');

/* Readable: own lists; of others no draft and no cost: the seller of record's shared lists, and lists made for one buyer, along the edge.
   Small tables: no page sorts millions here. */
create procedure weir_open_price_lists() language plpgsql as $$
declare tier text; readable text;
begin
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    readable := format('seller_id = (select weir_org()) or (kind = ''sale'' and state <> ''draft'' and ((buyer_id is null and seller_id = (select weir_seller_of_record())) or see_%s_id = (select weir_org())))', tier);
    call weir_open('price_list', 'weir_' || tier, array['select'], readable);
    call weir_open('price_rate', 'weir_' || tier, array['select'],
      'exists (select from price_list where price_list.id = price_list_id)');
    if tier <> 'tenant' then
      call weir_open('price_list', 'weir_' || tier, array['insert', 'update', 'delete'], 'seller_id = (select weir_org())');
      call weir_open('price_rate', 'weir_' || tier, array['insert', 'update', 'delete'], 'seller_id = (select weir_org())');
    end if;
  end loop;
end $$;
call weir_open_price_lists();
drop procedure weir_open_price_lists();
call weir_open('price_list', 'weir_seller', array['select', 'update'], 'seller_id = (select weir_org())');
call weir_open('price_rate', 'weir_seller', array['select'], 'seller_id = (select weir_org())');

create table plan (
  id         uuid not null constraint plan_key primary key,
  owner_id   uuid not null constraint plan_owner references organization,
  code       text not null constraint plan_code_length check (length(code) between 1 and 100),
  name       text not null constraint plan_name_length check (length(name) between 1 and 200),
  version    int not null default 1,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  constraint plan_code_per_owner unique (owner_id, code),
  constraint plan_owned unique (id, owner_id)
);
call weir_close('plan');

create table plan_version (
  id           uuid not null constraint plan_version_key primary key,
  plan_id      uuid not null,
  owner_id     uuid not null,
  number       int not null constraint plan_version_number_positive check (number > 0),
  state        text not null default 'draft' constraint plan_version_state_known check (state in ('draft', 'published', 'retired')),
  published_at timestamptz,
  created_at   timestamptz not null default clock_timestamp(),
  constraint plan_version_of_plan foreign key (plan_id, owner_id) references plan (id, owner_id),
  constraint plan_version_number_once unique (plan_id, number),
  constraint plan_version_owned unique (id, owner_id)
);
create unique index plan_version_one_draft on plan_version (plan_id) where state = 'draft';
call weir_close('plan_version');

create table plan_item (
  plan_version_id uuid not null,
  owner_id        uuid not null,
  sku_id          uuid not null constraint plan_item_sku references sku,
  kind            text not null default 'usage' constraint plan_item_kind_known check (kind in ('usage')),
  constraint plan_item_key primary key (plan_version_id, sku_id),
  constraint plan_item_of_version foreign key (plan_version_id, owner_id) references plan_version (id, owner_id)
);
call weir_close('plan_item');

create procedure weir_open_plans() language plpgsql as $$
declare tier text; relation text;
begin
  foreach relation in array array['plan', 'plan_version', 'plan_item'] loop
    foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
      call weir_open(relation::regclass, 'weir_' || tier, array['select'],
        case tier when 'platform' then 'true' else 'owner_id = any ((select weir_line())::uuid[])' end);
      if tier <> 'tenant' then
        call weir_open(relation::regclass, 'weir_' || tier, array['insert', 'update', 'delete'], 'owner_id = (select weir_org())');
      end if;
    end loop;
    call weir_open(relation::regclass, 'weir_ingest', array['select']);
    call weir_open(relation::regclass, 'weir_seller', array['select']);
  end loop;
end $$;
call weir_open_plans();
drop procedure weir_open_plans();

/* A published version is fixed: it can only be retired. */
create function plan_version_is_fixed() returns trigger language plpgsql as $$
begin
  if old.state = 'draft' or (tg_op = 'UPDATE' and (new.state = old.state or (old.state, new.state) = ('published', 'retired'))
    and (new.id, new.plan_id, new.owner_id, new.number, new.published_at) is not distinct from (old.id, old.plan_id, old.owner_id, old.number, old.published_at))
  then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  raise exception 'a published plan version never changes'
    using errcode = 'check_violation', constraint = 'plan_version_is_fixed';
end $$;
create trigger plan_version_fixed before update or delete on plan_version for each row execute function plan_version_is_fixed();

create function plan_item_is_fixed() returns trigger language plpgsql as $$
begin
  if exists (select from plan_version where id in (old.plan_version_id, new.plan_version_id) and state <> 'draft') then
    raise exception 'the items of a published plan version never change'
      using errcode = 'check_violation', constraint = 'plan_version_is_fixed';
  end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger plan_item_fixed before insert or update or delete on plan_item for each row execute function plan_item_is_fixed();

/* One use of a plan version by a tenant. Only suspension is stored: pending before the start and ended from the end on are what the calendar says. */
create table subscription (
  id              uuid not null constraint subscription_key primary key,
  tenant_id       uuid not null,
  partner_id      uuid not null,
  distributor_id  uuid not null,
  external_id     text constraint subscription_external_id_length check (length(external_id) between 1 and 200),
  name            text not null constraint subscription_name_length check (length(name) between 1 and 200),
  plan_version_id uuid not null constraint subscription_plan_version references plan_version,
  start_date      date not null,
  end_date        date,
  quantity        numeric not null default 1 constraint subscription_quantity_positive check (quantity > 0),
  state           text not null default 'active' constraint subscription_state_known check (state in ('active', 'suspended')),
  version         int not null default 1,
  created_at      timestamptz not null default clock_timestamp(),
  updated_at      timestamptz not null default clock_timestamp(),
  constraint subscription_of_tenant foreign key (tenant_id, distributor_id, partner_id) references organization (id, distributor_id, partner_id),
  constraint subscription_line unique (id, tenant_id),
  constraint subscription_external_id_per_tenant unique (tenant_id, external_id),
  constraint subscription_ends_after_start check (end_date is null or end_date >= start_date)
);
create index subscription_by_tenant on subscription (tenant_id, id desc);
create index subscription_by_partner on subscription (partner_id, id desc);
create index subscription_by_distributor on subscription (distributor_id, id desc);
create index subscription_by_age on subscription (id desc);
call weir_open_branch('subscription', array['select', 'insert', 'update']);
call weir_open('subscription', 'weir_ingest', array['select']);
call weir_open('subscription', 'weir_seller', array['select']);
