-- What a payee reads of the batches that pay it: its own payment, and neither the batch nor anybody else's. Deploy before the
-- code: nothing writes this table yet.

alter table payout
  add column reference text constraint payout_reference_length check (length(reference) between 1 and 140);

/* The payment of one payee in a batch, seen by payer and payee. Its statements and its exchange are rows of their own. */
create table payout_payment (
  payout_id          uuid not null,
  payee_id           uuid not null constraint payout_payment_payee references organization,
  payer_id           uuid not null,
  currency           text not null,
  state              text not null default 'draft' constraint payout_payment_state_known check (state in ('draft', 'approved', 'sent', 'settled', 'returned')),
  reference          text,
  approved_at        timestamptz,
  sent_at            timestamptz,
  settled_at         timestamptz,
  returned_at        timestamptz,
  return_reason      text,
  see_platform_id    uuid,
  see_distributor_id uuid,
  see_partner_id     uuid,
  see_tenant_id      uuid,
  created_at         timestamptz not null default clock_timestamp(),
  updated_at         timestamptz not null default clock_timestamp(),
  constraint payout_payment_key primary key (payout_id, payee_id),
  constraint payout_payment_of_payout foreign key (payout_id, payer_id, currency) references payout (id, payer_id, currency),
  constraint payout_payment_approved check ((state = 'draft') = (approved_at is null)),
  constraint payout_payment_sent check ((state in ('draft', 'approved')) = (sent_at is null)),
  constraint payout_payment_settled check ((state = 'settled') = (settled_at is not null)),
  constraint payout_payment_returned check ((state = 'returned') = (returned_at is not null) and (returned_at is null) = (return_reason is null))
);
create index payout_payment_by_payee on payout_payment (payee_id, payout_id desc);
call weir_open_edge('payout_payment', array['select', 'insert', 'update'], 'payer_id');
call weir_open('payout_payment', 'weir_verify', array['select']);

/* What was paid before this table was there. */
call weir_open('payout', 'weir_backfill', array['select']);
call weir_open('payout_statement', 'weir_backfill', array['select']);
call weir_open('payout_return', 'weir_backfill', array['select']);
call weir_open('payout_payment', 'weir_backfill', array['select', 'insert']);
set local role weir_backfill;
insert into payout_payment (payout_id, payee_id, payer_id, currency, state, approved_at, sent_at, settled_at, returned_at, return_reason,
                            see_platform_id, see_distributor_id, see_partner_id, created_at, updated_at)
select payout.id, paid.payee_id, payout.payer_id, payout.currency,
       case when paid.return_id is not null then 'returned' when payout.state = 'partly_returned' then 'sent' else payout.state end,
       payout.approved_at, payout.sent_at, payout.settled_at, back.created_at, back.reason,
       paid.see_platform_id, paid.see_distributor_id, paid.see_partner_id, payout.created_at, payout.updated_at
from payout
join (
  select distinct on (payout_id, payee_id) payout_id, payee_id, return_id, see_platform_id, see_distributor_id, see_partner_id
  from payout_statement order by payout_id, payee_id, statement_id) paid on paid.payout_id = payout.id
left join payout_return back on back.id = paid.return_id;
do $$ begin
  if (select count(*) from payout_payment) <> (select count(distinct (payout_id, payee_id)) from payout_statement) then
    raise exception 'not every payment has its row';
  end if;
end $$;
reset role;
create procedure weir_close_backfill() language plpgsql as $$
declare relation text;
begin
  foreach relation in array array['payout', 'payout_statement', 'payout_return', 'payout_payment'] loop
    execute format('drop policy weir_backfill_select on %I', relation);
    execute format('revoke all on %I from weir_backfill', relation);
  end loop;
end $$;
call weir_close_backfill();
drop procedure weir_close_backfill();
drop policy weir_backfill_insert on payout_payment;
