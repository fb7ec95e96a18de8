-- Discounts on what one resource used of a line. Deploy before the code; discounts that are there stay what they are.

alter table discount
  add resource text constraint discount_resource_length check (length(resource) between 1 and 1024),
  drop constraint discount_scope_known,
  add constraint discount_scope_known check (scope in ('buyer', 'subscription', 'sku', 'resource')),
  drop constraint discount_target_of_scope,
  add constraint discount_target_of_scope check (case scope
    when 'buyer' then subscription_id is null and sku_id is null and resource is null
    when 'subscription' then subscription_id is not null and resource is null
    when 'sku' then sku_id is not null and resource is null
    else subscription_id is not null and sku_id is not null and resource is not null end);

/* What a resource used in a month is read from the tenant's events of that month, and from these few that began before. */
create index usage_event_over_months on usage_event (tenant_id, subscription_id, sku_id)
  where date_trunc('month', start_at at time zone 'UTC') < date_trunc('month', end_at at time zone 'UTC');

/* When a batch was done says where the later days of its records are posted. */
grant select (id, finished_at) on usage_batch to weir_seller;
create policy weir_seller_select on usage_batch for select to weir_seller using (true);
