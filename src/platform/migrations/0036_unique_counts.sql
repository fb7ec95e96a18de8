-- SKUs that count distinct values: users, devices, hosts. Safe to deploy before the code: no SKU counts so yet.

/* `counts_by` says which field of a record names the value: 'resource', or 'dimensions.' and the name of a dimension. */
alter table sku add column counts_by text;
alter table sku
  drop constraint sku_aggregation_known,
  add constraint sku_aggregation_known check (aggregation in ('sum', 'max', 'last', 'unique')),
  add constraint sku_counts_by_form check (counts_by = 'resource' or counts_by ~ '^dimensions\..'),
  add constraint sku_counts_by_of_unique check ((aggregation = 'unique') = (counts_by is not null));

/* Which values were met on which day: 16 bytes of SHA-256 each. Written in the statement of the intake, insert-only. A month is
   counted from its days, so that it does not matter in which order records come. */
create table usage_value (
  tenant_id       uuid not null,
  subscription_id uuid not null,
  sku_id          uuid not null,
  day             date not null,
  value           uuid not null,
  region_id       uuid not null,
  posting_period  text not null,
  partner_id      uuid not null,
  distributor_id  uuid not null,
  constraint usage_value_key primary key (tenant_id, subscription_id, sku_id, day, value, region_id, posting_period)
);
create index usage_value_by_period on usage_value (posting_period, tenant_id);
call weir_open_branch('usage_value', array['select']);
call weir_open('usage_value', 'weir_ingest', array['select', 'insert']);
call weir_open('usage_value', 'weir_verify', array['select']);
