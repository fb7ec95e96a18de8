-- A billing run says how many lines wait for a price or a rate of exchange and are on no document. Deploy before the code.

/* Counted when the drafts are written; runs of before say none. */
alter table billing_run
  add waiting int not null default 0,
  add waiting_for text[] not null default '{}',
  add constraint billing_run_waiting_says_why check (waiting >= 0 and (waiting = 0) = (waiting_for = '{}'));

/* Few lines wait. Not by state: what is billed must not be written into one more index. */
create index rated_bucket_waiting on rated_bucket (seller_id, period) where parked_for is not null;
