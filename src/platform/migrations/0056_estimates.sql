-- What the next drafts will say beyond what is rated: reductions and taxes, kept beside the buckets so that summaries need not
-- compute them. Deploy before the code: nothing reads it yet. What is rated already is estimated by the next refresh.

/* An edge with something that is not on paper, in one posting month: whether its estimate is out of date, and how large it is. */
create table estimate (
  seller_id uuid not null,
  period    text not null,
  edge_id   uuid not null constraint estimate_edge references edge,
  is_due    boolean not null default true,
  lines     int not null default 0 constraint estimate_lines_positive check (lines >= 0),
  made_at   timestamptz not null default clock_timestamp(),
  constraint estimate_key primary key (seller_id, period, edge_id)
);
create index estimate_waiting on estimate (seller_id, period) where is_due;
create index estimate_of_edge on estimate (edge_id);
call weir_close('estimate');
call weir_open('estimate', 'weir_seller', array['select', 'insert', 'update', 'delete'], 'seller_id = (select weir_org())');
call weir_open('estimate', 'weir_relay', array['select']);

/*
 * A line of a draft to come, or of one that others than its seller do not see yet (`invoice_id`, else nil): a reduction, or the
 * share that a rated bucket has in the taxes. A tax that nobody can say is null.
 */
create table estimate_line (
  seller_id          uuid not null,
  period             text not null,
  edge_id            uuid not null constraint estimate_line_edge references edge,
  invoice_id         uuid not null,
  line               int not null constraint estimate_line_positive check (line > 0),
  is_reduction       boolean not null,
  buyer_id           uuid not null,
  tenant_id          uuid not null,
  partner_id         uuid not null,
  distributor_id     uuid not null,
  subscription_id    uuid not null,
  sku_id             uuid not null,
  service_period     text not null,
  region_id          uuid not null,
  service_start      date not null,
  service_end        date not null,
  bucket_kind        text not null,
  currency           text not null,
  net                numeric not null,
  tax                numeric,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint estimate_line_key primary key (seller_id, period, edge_id, invoice_id, line),
  constraint estimate_line_only_reductions_reduce check (is_reduction or net = 0)
);
create index estimate_line_seen_by_distributor on estimate_line (see_distributor_id, period, tenant_id) where see_distributor_id is not null;
create index estimate_line_seen_by_partner on estimate_line (see_partner_id, period, tenant_id) where see_partner_id is not null;
create index estimate_line_seen_by_tenant on estimate_line (see_tenant_id, period) where see_tenant_id is not null;
call weir_open_edge('estimate_line', array['select', 'insert', 'delete']);

/* What is on no paper yet when this begins is estimated by the first refresh. */
call weir_open('rated_bucket', 'weir_backfill', array['select']);
call weir_open('estimate', 'weir_backfill', array['select', 'insert']);
set local role weir_backfill;
insert into estimate (seller_id, period, edge_id)
select distinct seller_id, period, edge_id from rated_bucket where state = 'fresh' and buyer_id <> seller_id;
do $$ begin
  if (select count(*) from estimate)
    <> (select count(distinct (seller_id, period, edge_id)) from rated_bucket where state = 'fresh' and buyer_id <> seller_id) then
    raise exception 'not every edge with something on no paper has its estimate';
  end if;
end $$;
reset role;
drop policy weir_backfill_select on rated_bucket;
drop policy weir_backfill_select on estimate;
drop policy weir_backfill_insert on estimate;
revoke all on rated_bucket from weir_backfill;
revoke all on estimate from weir_backfill;
