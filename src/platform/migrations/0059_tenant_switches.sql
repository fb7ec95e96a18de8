-- Rights that the organizations above may give a tenant's people. Deploy before the code: nothing reads this table yet.

/* What is switched on for a tenant; without a row nothing is. The tenant reads it, and only who stands above writes it. */
create table tenant_switch (
  tenant_id         uuid not null constraint tenant_switch_key primary key,
  partner_id        uuid not null,
  distributor_id    uuid not null,
  self_provisioning boolean not null,
  user_billing      boolean not null,
  updated_at        timestamptz not null default clock_timestamp(),
  constraint tenant_switch_of_tenant foreign key (tenant_id, distributor_id, partner_id)
    references organization (id, distributor_id, partner_id) on update cascade
);
call weir_close('tenant_switch');
call weir_open('tenant_switch', 'weir_platform', array['select', 'insert', 'update']);
call weir_open('tenant_switch', 'weir_distributor', array['select', 'insert', 'update'], 'distributor_id = (select weir_org())');
call weir_open('tenant_switch', 'weir_partner', array['select', 'insert', 'update'], 'partner_id = (select weir_org())');
call weir_open('tenant_switch', 'weir_tenant', array['select'], 'tenant_id = (select weir_org())');
call weir_open('tenant_switch', 'weir_auth', array['select']);
