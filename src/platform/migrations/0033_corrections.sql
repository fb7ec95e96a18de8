-- Corrections of a month that is billed: on every edge of a tenant's chain at once, previewed first. Deploy before the code.

/* What was wrong and who says so. `digest` is of all that the preview came to: what is applied is what was seen. */
create table correction (
  id         uuid not null constraint correction_key primary key,
  org_id     uuid not null constraint correction_asked_by references organization,
  tenant_id  uuid not null constraint correction_tenant references organization,
  period     text not null constraint correction_period_form check (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  reason     text not null constraint correction_reason_length check (length(reason) between 1 and 500),
  quantities jsonb not null constraint correction_quantities_list check (jsonb_typeof(quantities) = 'array'),
  digest     text not null,
  state      text not null default 'draft' constraint correction_state_known check (state in ('draft', 'applied')),
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  applied_at timestamptz,
  constraint correction_applied_when check ((state = 'applied') = (applied_at is not null))
);
create index correction_by_organization on correction (org_id, id desc);
create index correction_by_tenant on correction (tenant_id, period) where state = 'applied';
call weir_open_own('correction', array['select', 'insert', 'update']);
call weir_open('correction', 'weir_seller', array['select']);
call weir_open('correction', 'weir_verify', array['select']);

/* What a correction comes to on one edge: its lines, documents and earnings. Whoever asked reads it, where it sees the edge. */
create table correction_edge (
  correction_id      uuid not null constraint correction_edge_of references correction,
  org_id             uuid not null,
  edge_id            uuid not null constraint correction_edge_on references edge,
  seller_id          uuid not null,
  effects            jsonb not null constraint correction_edge_effects_object check (jsonb_typeof(effects) = 'object'),
  credit_note_ids    uuid[] not null default '{}',
  invoice_id         uuid,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  constraint correction_edge_key primary key (correction_id, edge_id)
);
create procedure weir_open_corrections() language plpgsql as $$
declare tier text;
begin
  call weir_close('correction_edge');
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open('correction_edge', 'weir_' || tier, array['select'],
      format('see_%s_id = (select weir_org()) and org_id = (select weir_org())', tier));
  end loop;
  call weir_open('correction_edge', 'weir_seller', array['select', 'insert', 'update'], 'seller_id = (select weir_org())');
  call weir_open('correction_edge', 'weir_verify', array['select']);
end $$;
call weir_open_corrections();
drop procedure weir_open_corrections();

/* A document of a correction amends another one by a difference: it is in the place of none. */
alter table invoice add correction_id uuid constraint invoice_of_correction references correction;
drop index invoice_reissued_once;
create unique index invoice_reissued_once on invoice (amends)
  where type = 'invoice' and amends is not null and correction_id is null and state <> 'discarded';
create unique index invoice_corrected_once on invoice (correction_id, type, amends) where correction_id is not null;
