-- A seller may settle drafts on which every line is 0.00 without a document. Deploy before the code: nothing reads it yet.

/* One row per seller, once it has said anything. */
create table billing_setting (
  org_id      uuid not null constraint billing_setting_key primary key constraint billing_setting_seller references organization,
  zero_totals text not null constraint billing_setting_zero_totals_known check (zero_totals in ('issue', 'settle')),
  updated_at  timestamptz not null default clock_timestamp()
);
call weir_open_own('billing_setting', array['select', 'insert', 'update']);
call weir_open('billing_setting', 'weir_seller', array['select'], 'org_id = (select weir_org())');

/* What is settled is as final as what is billed, on no document, and nothing: a charge or a credit never is. */
alter table rated_bucket
  drop constraint rated_bucket_state_known,
  add constraint rated_bucket_state_known check (state in ('fresh', 'parked', 'drafted', 'billed', 'settled')),
  add constraint rated_bucket_settled_is_zero check (
    state <> 'settled' or (kind in ('usage', 'minimum') and round(unrounded, currency_digits) = 0));

alter table billing_run
  add settled int not null default 0 constraint billing_run_settled_positive check (settled >= 0);
