-- Rates of exchange: what one unit of a currency is worth in another, for one seller, from a day on. Kept for ever and never
-- changed: a newer row of the same pair takes over from its day. What was converted pins the row it used.
-- Safe to deploy before the code: nothing reads this table yet.

/* The platform's rows are shared: who has no row of its own for a pair uses them. */
create table fx_rate (
  id            uuid not null constraint fx_rate_key primary key,
  seller_id     uuid not null constraint fx_rate_seller references organization,
  is_shared     boolean not null,
  from_currency text not null constraint fx_rate_from_form check (from_currency ~ '^[A-Z]{3}$'),
  to_currency   text not null constraint fx_rate_to_form check (to_currency ~ '^[A-Z]{3}$'),
  rate          numeric not null constraint fx_rate_positive check (rate > 0),
  valid_from    date not null,
  source        text not null constraint fx_rate_source_length check (length(source) between 1 and 200),
  created_at    timestamptz not null default clock_timestamp(),
  constraint fx_rate_two_currencies check (from_currency <> to_currency)
);
create index fx_rate_in_force on fx_rate (seller_id, from_currency, to_currency, valid_from desc, id desc);
create index fx_rate_shared_in_force on fx_rate (from_currency, to_currency, valid_from desc, id desc) where is_shared;

call weir_close('fx_rate');
/* Readable: own rows and the platform's. Small table: no page sorts millions here. */
create procedure weir_open_fx_rates() language plpgsql as $$
declare tier text;
begin
  foreach tier in array array['platform', 'distributor', 'partner', 'tenant'] loop
    call weir_open('fx_rate', 'weir_' || tier, array['select'], 'seller_id = (select weir_org()) or is_shared');
    if tier <> 'tenant' then
      call weir_open('fx_rate', 'weir_' || tier, array['insert'],
        format('seller_id = (select weir_org()) and is_shared = %L::boolean', tier = 'platform'));
    end if;
  end loop;
end $$;
call weir_open_fx_rates();
drop procedure weir_open_fx_rates();
call weir_open('fx_rate', 'weir_seller', array['select'], 'seller_id = (select weir_org()) or is_shared');
call weir_open('fx_rate', 'weir_verify', array['select']);

/* A line that was converted names its rate; the rate is kept for ever. */
alter table invoice_line add constraint invoice_line_fx_rate foreign key (fx_rate_id) references fx_rate;
