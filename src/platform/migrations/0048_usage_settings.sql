-- How records that last over midnight are counted is a setting of the platform. Deploy before the code: nothing reads it yet.

/* One row, the platform's, once it has said anything. Everybody may know: it stands on every month as well. */
create table usage_setting (
  org_id     uuid not null constraint usage_setting_key primary key constraint usage_setting_platform references organization,
  spanning   text not null constraint usage_setting_spanning_known check (spanning in ('split', 'start')),
  updated_at timestamptz not null default clock_timestamp()
);
call weir_close('usage_setting');
call weir_open('usage_setting', 'weir_platform', array['select', 'insert', 'update'], 'org_id = (select weir_org())');
call weir_open('usage_setting', 'weir_distributor', array['select']);
call weir_open('usage_setting', 'weir_partner', array['select']);
call weir_open('usage_setting', 'weir_tenant', array['select']);
call weir_open('usage_setting', 'weir_ingest', array['select']);
call weir_open('usage_setting', 'weir_seller', array['select']);
