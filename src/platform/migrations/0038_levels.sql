-- SKUs that weigh a level by the time it lasts. Safe to deploy before the code: no SKU does so yet.

alter table sku
  drop constraint sku_aggregation_known,
  add constraint sku_aggregation_known check (aggregation in ('sum', 'max', 'last', 'unique', 'weighted'));

/* Unit-seconds of a level within the day; its change is in sum_quantity. Null for all other SKUs, which costs them nothing. */
alter table usage_daily add column held_seconds numeric;

/* Unit-seconds of a day's levels up to the end of the month, as if they stayed: an interval changes no level. */
create function usage_held_through_month(day date, change numeric, held numeric) returns numeric language sql immutable parallel safe as $$
  select held + change * ((date_trunc('month', day::timestamp) + interval '1 month')::date - day - 1) * 86400
$$;

/* How long the month of a day is. */
create function usage_month_seconds(day date) returns numeric language sql immutable parallel safe as $$
  select ((date_trunc('month', day::timestamp) + interval '1 month')::date - date_trunc('month', day::timestamp)::date) * 86400.0
$$;
