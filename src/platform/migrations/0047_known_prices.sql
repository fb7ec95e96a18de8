-- Lines name prices that exist, looked up once per statement. Deploy before or after the code.

/* One look per price, in place of a foreign key's one per line; by its key, since a plan that was made while a table was small
   would read all of it. A price that lines name is frozen, and nobody deletes it. */
create function invoice_line_of_known() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select from (select distinct price_rate_id from added where price_rate_id is not null) wanted
    left join lateral (select true as is_known from price_rate where id = wanted.price_rate_id offset 0) known on true
    where is_known is null)
  then
    raise exception 'a line names a price that exists'
      using errcode = 'foreign_key_violation', constraint = 'invoice_line_price_rate';
  end if;
  return null;
end $$;
create trigger invoice_line_of_known_price after insert on invoice_line
  referencing new table as added for each statement execute function invoice_line_of_known();
create trigger invoice_line_stays_of_known_price after update on invoice_line
  referencing new table as added for each statement execute function invoice_line_of_known();
alter table invoice_line drop constraint invoice_line_price_rate;
